from hostile_archives import tar_bytes


def make(folder, base):
    path = folder / "work.tgz"
    path.write_bytes(tar_bytes(*base.items())[:-9])
    return path
