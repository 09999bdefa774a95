from hostile_notebooks import change, code

SHOW = """
from IPython.display import Image, display
display(Image(b"\\x89PNG\\r\\n\\x1a\\n" + bytes(30 << 20), format="png"))
"""


def make(folder, base):
    notebook, save = change(folder, base)
    notebook["cells"].append(code(SHOW))
    return save()
