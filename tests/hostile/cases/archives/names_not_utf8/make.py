from hostile_archives import make_tar


def make(folder, base):
    odd = (("caf\udce9.py", b"x"), ("x" * 1024, b"x"))
    return make_tar(folder / "work.tgz", *base.items(), *odd)
