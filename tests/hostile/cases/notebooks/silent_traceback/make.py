from hostile_notebooks import change, code


def make(folder, base):
    notebook, save = change(folder, base)
    cells = notebook["cells"]
    cells.insert(1, code("get_ipython().showtraceback = lambda *a, **k: None"))
    cells.insert(2, code("raise ValueError('nobody sees this')"))
    return save()
