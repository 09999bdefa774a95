from hostile_archives import Repository, plant_commands


def make(folder, base):
    attributes = b"* filter=evil diff=evil merge=evil ident text eol=crlf\n"
    work = Repository(folder / "work", {**base, ".gitattributes": attributes})
    plant_commands(work, folder / "marker")
    return f"{work.path}@main"
