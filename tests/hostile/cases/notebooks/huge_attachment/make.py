from hostile_notebooks import change


def make(folder, base):
    notebook, save = change(folder, base)
    cells = notebook["cells"]
    cells[0]["attachments"] = {"x.png": {"image/png": "A" * (50 << 20)}}
    return save()
