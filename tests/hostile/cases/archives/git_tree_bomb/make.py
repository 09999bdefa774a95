from hostile_archives import Repository


def make(folder, base):
    work = Repository(folder / "work", base)
    name, kind = work.git("rev-parse", "HEAD:lib.py"), "100644 blob"
    for _ in range(6):
        lines = "".join(f"{kind} {name}\tf{n}\0" for n in range(8))
        name, kind = work.git("mktree", "-z", stdin=lines.encode()), "040000 tree"
    work.commit_tree(f"{kind} {name}\tbomb")
    return f"{work.path}@main"
