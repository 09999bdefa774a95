import hashlib
import zlib

from hostile_archives import Repository


def make(folder, base):
    """Write the object by hand: no command of git's makes such a tree."""
    work = Repository(folder / "work", base)
    inner = bytes.fromhex(work.git("rev-parse", "HEAD^{tree}"))
    body = b"100644 lib.py\0" + inner
    raw = b"tree %d\0" % len(body) + body
    name = hashlib.sha1(raw, usedforsecurity=False).hexdigest()
    path = work.path / ".git/objects" / name[:2] / name[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(zlib.compress(raw))
    commit = work.git("commit-tree", "-m", "A tree", name)
    work.git("update-ref", "refs/heads/main", commit)
    return f"{work.path}@main"
