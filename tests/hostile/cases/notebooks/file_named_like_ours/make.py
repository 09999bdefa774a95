from hostile_notebooks import change


def make(folder, base):
    _, save = change(folder, base)
    (folder / "work").mkdir()
    for name in (".notebook", "out"):
        (folder / "work" / name).write_text("not a folder")
    return save()
