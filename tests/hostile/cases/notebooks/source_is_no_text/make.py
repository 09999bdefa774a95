from hostile_notebooks import change


def make(folder, base):
    notebook, save = change(folder, base)
    cells = notebook["cells"]
    cells[2]["source"] = {"run": "this"}
    return save()
