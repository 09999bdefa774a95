from hostile_notebooks import change, code


def make(folder, base):
    notebook, save = change(folder, base)
    cells = notebook["cells"]
    cells.insert(1, code("raise ValueError('this cell may fail')", tags=["raises-exception"]))
    cells[2]["metadata"]["tags"] = ["skip-execution"]
    return save()
