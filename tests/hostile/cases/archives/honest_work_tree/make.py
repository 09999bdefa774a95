from hostile_archives import Repository


def make(folder, base):
    """Its hook runs for its author; here it would leave a mark."""
    ignore = b"out/\n__pycache__/\n*.log\n"
    work = Repository(folder / "work", {"lib.py": b"", ".gitignore": ignore})
    hook = work.path / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {folder / 'marker'}\n")
    hook.chmod(0o755)
    for name, content in base.items():
        (work.path / name).write_bytes(content)
        work.commit(f"Add {name}")
    work.git("tag", "-a", "-m", "Done", "handed-in")
    (work.path / "run.log").write_text("ignored by git")
    return work.path
