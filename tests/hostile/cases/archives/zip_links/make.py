import stat

from hostile_archives import make_zip


def make(folder, base):
    members = {
        **base,
        "etc": b"/etc",
        "etc/written_through": b"x",
        "passwd": b"/etc/passwd",
        "pipe": b"",
    }
    link = stat.S_IFLNK | 0o777
    return make_zip(folder / "work.zip", members, etc=link, passwd=link, pipe=stat.S_IFIFO | 0o644)
