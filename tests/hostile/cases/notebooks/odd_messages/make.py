from hostile_notebooks import change, code

ODD = """
from IPython.display import publish_display_data
publish_display_data({"text/plain": ["a", "list"], "image/png": {"not": "an image"}})
publish_display_data({"image/png": "no base64 at all"})
publish_display_data({"application/x-unknown": None})
print("half of a pair: \\ud800")
"""


def make(folder, base):
    notebook, save = change(folder, base)
    cells = notebook["cells"]
    cells.append(code(ODD))
    return save()
