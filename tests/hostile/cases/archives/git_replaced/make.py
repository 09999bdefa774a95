from hostile_archives import Repository
from hostile_corpus import SOUND, solution_files, write_files


def make(folder, base):
    work = Repository(folder / "work", base)
    wrong = work.git("rev-parse", "HEAD")
    write_files(work.path, solution_files("lib", SOUND))
    right = work.commit("Right")
    work.git("reset", "--quiet", "--hard", wrong)
    work.git("replace", wrong, right)
    work.git("replace", "-f", f"{wrong}:lib.py", f"{right}:lib.py")
    (work.path / ".git/info/grafts").write_text(f"{wrong} {right}\n")
    assert (
        work.git("show", "main:lib.py").encode() == solution_files("lib", SOUND)["lib.py"].strip()
    )
    return f"{work.path}@main"
