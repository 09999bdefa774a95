from hostile_archives import Repository


def make(folder, base):
    work = Repository(folder / "work", base)
    work.commit_tree(*work.tree_lines(), f"100644 blob {'1' * 40}\tgone.py")
    return f"{work.path}@main"
