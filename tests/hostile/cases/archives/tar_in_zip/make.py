from hostile_archives import make_zip, tar_bytes
from hostile_corpus import SOUND, solution_files


def make(folder, base):
    del base
    inner = tar_bytes(*solution_files("lib", SOUND).items())
    return make_zip(folder / "work.zip", {"work.tar.gz": inner})
