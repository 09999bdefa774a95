from hostile_archives import Repository


def make(folder, base):
    work = Repository(folder / "work", base)
    pack = work.path / ".git/objects/pack" / f"pack-{'0' * 40}.pack"
    with pack.open("wb") as file:
        file.truncate((256 << 20) + 1)
    return f"{work.path}@main"
