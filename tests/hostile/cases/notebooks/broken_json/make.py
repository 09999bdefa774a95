from hostile_notebooks import change


def make(folder, base):
    _, save = change(folder, base)
    path = save()
    path.write_bytes(path.read_bytes()[:-40])
    return path
