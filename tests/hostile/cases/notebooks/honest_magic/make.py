from hostile_notebooks import change, code


def make(folder, base):
    notebook, save = change(folder, base)
    cells = notebook["cells"]
    cells[2]["source"] = "%time " + cells[2]["source"]
    cells.insert(1, code("!ls"))
    cells.insert(
        2, code("try:\n    int('x')\nexcept ValueError as error:\n    print('caught:', error)")
    )
    cells[3]["id"] = cells[4]["id"]
    return save()
