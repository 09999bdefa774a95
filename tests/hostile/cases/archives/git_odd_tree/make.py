from hostile_archives import Repository

NAMES = (".GIT", ".g\u200cit", "GIT~1")


def make(folder, base):
    work = Repository(folder / "work", base)
    blob = work.add_blob(b"/etc/passwd")
    inner = work.git("mktree", stdin=f"100644 blob {blob}\tconfig\n".encode())
    trees = [f"040000 tree {inner}\t{name}" for name in NAMES]
    odd = [f"100644 blob {blob}\tback\\slash", f"100644 blob {blob}\tesc\x1bape"]
    link = f"120000 blob {blob}\tlink"
    work.commit_tree(*work.tree_lines(), *trees, *odd, link)
    return f"{work.path}@main"
