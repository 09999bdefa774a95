from hostile_archives import Repository, plant_commands


def make(folder, base):
    attributes = b"* filter=evil diff=evil merge=evil\n"
    work = Repository(folder / "work", {**base, ".gitattributes": attributes})
    plant_commands(work, folder / "marker")
    return work.path
