"""``git_tree.py`` by the host's Python and git, where anything that it ran would leave a mark."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sandbox.guest
from runner.intake.gitfolder import KEPT
from sandbox.frames import Frame, FrameDecoder, encode

GUEST = Path(sandbox.guest.__path__[0])
LIMITS = {
    "max_files": 20,
    "max_entries": 40,
    "max_scanned_entries": 100,
    "max_file_bytes": 1000,
    "max_total_bytes": 3000,
    "max_scanned_bytes": 100_000,
    "max_ratio": 100,
    "ratio_floor_bytes": 5000,
}


@pytest.fixture
def git_folder(tmp_path: Path) -> Path:
    """The ``.git`` of an honest repository with one commit."""
    work = tmp_path / "work"
    work.mkdir()
    (work / "etl.py").write_text("print('etl')\n")
    (work / ".gitattributes").write_text("* filter=evil diff=evil\n")
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
    for words in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "--all"],
        ["-c", "user.name=A", "-c", "user.email=a@b", "commit", "--quiet", "-m", "First"],
    ):
        subprocess.run(["git", *words], cwd=work, env=environment, check=True)
    return work / ".git"


def files_of(git_folder: Path) -> dict[str, bytes]:
    """Return what the host would send."""
    paths = {str(path.relative_to(git_folder)): path for path in git_folder.rglob("*")}
    return {
        name: path.read_bytes()
        for name, path in paths.items()
        if path.is_file() and KEPT.fullmatch(name)
    }


def read(
    tmp_path: Path, files: dict[str, bytes], revision: str | None = "main", want: str = "tree"
) -> list[Frame]:
    root = tmp_path / "root"
    root.mkdir()
    request = {
        "op": "read", "want": want, "revision": revision, "limits": LIMITS,
        "leave_out": [".git"], "max_commits": 10,
    }  # fmt: skip
    frames = [encode(request)]
    for path, content in files.items():
        frames += [encode({"op": "file", "path": path}, part) for part in (b"", content)]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", str(GUEST / "git_tree.py")],
        input=b"".join([*frames, encode({"op": "go"})]),
        env={"WORKSAMPLE_ROOT": str(root), "PATH": os.environ["PATH"]},
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()
    answers = list(FrameDecoder(max_body_bytes=1 << 20).feed(done.stdout))
    assert answers[0].header == {"t": "ready", "protocol": 1}
    assert answers[-1].header["t"] == "end"
    return answers[1:]


def test_a_commit_is_read(tmp_path: Path, git_folder: Path) -> None:
    commit, *entries, end = read(tmp_path, files_of(git_folder))
    assert commit.header["subject"] == "First"
    assert set(commit.header) == {"t", "hash", "author_s", "committer_s", "subject"}
    assert {entry.header["name"]: entry.body for entry in entries} == {
        ".gitattributes": b"* filter=evil diff=evil\n",
        "etl.py": b"print('etl')\n",
    }
    assert end.header["commit"] == commit.header["hash"]


def test_the_log_alone_is_read(tmp_path: Path, git_folder: Path) -> None:
    frames = read(tmp_path, files_of(git_folder), revision=None, want="log")
    assert [frame.header["t"] for frame in frames] == ["commit", "end"]


@pytest.mark.parametrize(
    "path",
    [
        "config",
        "config.worktree",
        "hooks/post-checkout",
        "info/attributes",
        "info/grafts",
        "objects/info/alternates",
        "objects/pack/../../config",
        "refs/../config",
        "refs/heads/.x",
        "refs/.x",
        "../x",
        "/tmp/x",
        "index",
        "commondir",
        "modules/lib/config",
        "HEAD\n",
    ],
)
def test_nothing_but_history_is_kept(tmp_path: Path, git_folder: Path, path: str) -> None:
    frames = read(tmp_path, {**files_of(git_folder), path: b"[core]\n"})
    assert [frame.header["t"] for frame in frames] == ["failed", "end"]
    assert frames[0].header["reason"] == "path"
    assert not (tmp_path / "x").exists()


def test_what_the_host_sends_and_the_guest_keeps_is_the_same() -> None:
    source = (GUEST / "git_tree.py").read_text()
    literals = re.search(r"KEPT = re\.compile\((.*?)\n\)", source, re.DOTALL)
    assert literals
    assert "".join(re.findall(r'r"(.*)"', literals.group(1))) == KEPT.pattern


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("HEAD", b"ref: ../../../etc/passwd\n"),
        ("HEAD", b"\0\0\0"),
        ("packed-refs", b"\xff" * 1000),
        ("refs/heads/main", b"not a hash\n"),
    ],
)
def test_damaged_refs_end_in_words(
    tmp_path: Path, git_folder: Path, name: str, content: bytes
) -> None:
    frames = read(tmp_path, {**files_of(git_folder), name: content})
    assert frames[-2].header["t"] in {"failed", "entry"}


def test_no_commit_yet_is_no_failure(tmp_path: Path) -> None:
    frames = read(tmp_path, {"HEAD": b"ref: refs/heads/main\n"}, revision=None, want="log")
    assert [frame.header for frame in frames] == [{"t": "end", "commit": None}]


def test_a_replaced_object_is_not_replaced(tmp_path: Path, git_folder: Path) -> None:
    """``refs/replace`` would show other content under the commit's own hash."""
    work = git_folder.parent

    def git(*words: str, content: bytes = b"") -> str:
        done = subprocess.run(
            ["git", *words], cwd=work, input=content, check=True, capture_output=True
        )
        return done.stdout.decode().strip()

    other = git("hash-object", "-w", "--stdin", content=b"other\n")
    git("replace", git("rev-parse", "HEAD:etl.py"), other)
    assert git("show", "HEAD:etl.py") == "other"
    frames = read(tmp_path, files_of(git_folder))
    assert [frame.body for frame in frames if frame.header.get("name") == "etl.py"] == [
        b"print('etl')\n"
    ]
