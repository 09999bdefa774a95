import shutil

from hostile_archives import Repository, plant_commands
from hostile_corpus import read_folder


def make(folder, base):
    inner = Repository(folder / "inner")
    plant_commands(inner, folder / "marker")
    shutil.rmtree(inner.path / ".git/objects")
    bare = {f"bare/{path}": raw for path, raw in read_folder(inner.path / ".git").items()}
    bare["bare/objects/keep"] = b""
    return f"{Repository(folder / 'work', {**base, **bare}).path}@main"
