from hostile_archives import Repository


def make(folder, base):
    return f"file://{Repository(folder / 'work', base).path}"
