from hostile_archives import make_tar


def make(folder, base):
    return make_tar(folder / "work.zip", *base.items())
