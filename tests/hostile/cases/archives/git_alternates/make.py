from hostile_archives import Repository


def make(folder, base):
    owner = Repository(folder / "owner", base)
    owner.git("clone", "--quiet", "--shared", ".", str(folder / "work"))
    return f"{folder / 'work'}@main"
