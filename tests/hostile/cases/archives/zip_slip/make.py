from hostile_archives import make_zip

NAMES = (
    "../up.py",
    "data/../../up.py",
    "/tmp/abs.py",
    "..\\..\\up.py",
    "C:/up.py",
    "D:\\up.py",
    "//host/share/up.py",
)


def make(folder, base):
    return make_zip(folder / "work.zip", {**base, **dict.fromkeys(NAMES, b"x = 1")})
