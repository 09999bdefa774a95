from hostile_notebooks import change, code


def make(folder, base):
    notebook, save = change(folder, base)
    cells = notebook["cells"]
    cells.insert(4, code("import os\nos._exit(0)"))
    return save()
