from hostile_notebooks import change, code

LOUD = """
import time
while True:
    print("x" * 10_000)
    time.sleep(0.01)
"""


def make(folder, base):
    notebook, save = change(folder, base)
    cells = notebook["cells"]
    cells.append(code(LOUD))
    return save()
