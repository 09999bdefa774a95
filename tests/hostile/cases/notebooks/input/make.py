from hostile_notebooks import change, code


def make(folder, base):
    notebook, save = change(folder, base)
    cells = notebook["cells"]
    cells.insert(1, code("answer = input('How many points?')"))
    return save()
