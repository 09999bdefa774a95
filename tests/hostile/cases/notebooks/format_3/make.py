from hostile_notebooks import change


def make(folder, base):
    notebook, save = change(folder, base)
    cells = notebook["cells"]
    notebook.update(nbformat=3, worksheets=[{"cells": cells}])
    return save()
