from hostile_archives import make_zip

NAMES = (
    "a.py@.exe",
    "line\nbreak.py",
    "\x1b]0;owned\x07.py",
    "\u202eyp.nur",
    "li\u200bb.py",
    ".g\u200cit/config",
    ".GIT/config",
    "git~1/config",
    "x" * 255 + ".py",
    "d/" * 20 + "f.py",
)


def make(folder, base):
    path = make_zip(folder / "work.zip", {**base, **dict.fromkeys(NAMES, b"x")})
    path.write_bytes(path.read_bytes().replace(b"a.py@.exe", b"a.py\0.exe"))
    return path
