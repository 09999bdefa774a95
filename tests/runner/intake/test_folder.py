"""Folders are read by the host: real links, pipes and sockets, no container."""

from __future__ import annotations

import os
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from runner.intake import SourceKind, SubmissionRefusedError, rules
from runner.intake.descriptors import UnreadableFileError, opened_file, read_chunks
from runner.intake.folder import read_folder, read_notebook, read_single_file

if TYPE_CHECKING:
    from pathlib import Path

    from runner.intake import Snapshot


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An honest submission, to which each test adds what it is about."""
    folder = tmp_path / "work"
    (folder / "src").mkdir(parents=True)
    (folder / "etl.py").write_text("print('etl')\n")
    (folder / "src" / "run.sh").write_text("#!/bin/sh\n")
    (folder / "src" / "run.sh").chmod(0o755)
    return folder


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    path = tmp_path / "secret.txt"
    path.write_text("of the host")
    return path


def read(folder: Path) -> Snapshot:
    return read_folder(str(folder)).finish()


def problems(folder: Path) -> str:
    with pytest.raises(SubmissionRefusedError) as caught:
        read(folder)
    return "\n".join(caught.value.problems)


def test_an_honest_folder_is_taken_in(folder: Path) -> None:
    (folder / "empty").mkdir()
    snapshot = read(folder)
    assert [(file.path, file.executable) for file in snapshot.files] == [
        ("etl.py", False),
        ("src/run.sh", True),
    ]
    assert snapshot.files[0].content == b"print('etl')\n"
    assert (snapshot.source, snapshot.commit, snapshot.notes) == (SourceKind.FOLDER, None, ())


def test_the_same_files_have_the_same_digest(folder: Path) -> None:
    first = read(folder).sha256
    (folder / "etl.py").chmod(0o4644)
    os.utime(folder / "etl.py", (1, 1))
    assert read(folder).sha256 == first
    (folder / "etl.py").chmod(0o755)
    assert read(folder).sha256 != first


@pytest.mark.parametrize("target", ["secret", "etl.py", "/etc/passwd", "..", "nowhere"])
def test_links_are_refused(folder: Path, outside: Path, target: str) -> None:
    (folder / "link").symlink_to(outside if target == "secret" else target)
    assert problems(folder) == ("'link' is a symbolic link: put the file itself in its place")


def test_hard_links_are_refused(folder: Path, outside: Path) -> None:
    (folder / "copy.txt").hardlink_to(outside)
    assert "'copy.txt' is a hard link" in problems(folder)


def test_pipes_and_sockets_are_refused_without_waiting(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(folder / "pipe")
    monkeypatch.chdir(folder)  # a socket's name may not be long
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        found = problems(folder)
    assert "'pipe' is neither a file nor a folder" in found
    assert "'socket' is neither a file nor a folder" in found


def test_a_device_is_refused(folder: Path) -> None:
    try:
        os.mknod(folder / "null", 0o020666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")
    assert "'null' is neither a file nor a folder" in problems(folder)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        (b"line\nbreak", "⟨U+000A⟩"),
        (b"esc\x1b[31m", "⟨U+001B⟩"),
        ("bidi\u202e".encode(), "⟨U+202E⟩"),
        (b"caf\xe9", "not UTF-8"),
        (b"back\\slash", "backslash"),
        (b".GIT", "'.git'"),
        (b"C:x", "absolute"),
        (b"x" * 255, "240 bytes"),
    ],
)
def test_odd_names_are_refused_and_safe_to_print(folder: Path, name: bytes, word: str) -> None:
    (folder / os.fsdecode(name)).touch()
    found = problems(folder)
    assert word in found
    assert "\x1b" not in found
    assert "\u202e" not in found


def test_odd_folder_names_are_refused(folder: Path) -> None:
    (folder / os.fsdecode(b"caf\xe9")).mkdir()
    (folder / "Git~1").mkdir()
    found = problems(folder)
    assert "not UTF-8" in found
    assert "'Git~1'" in found


def test_names_that_collide_are_refused(folder: Path) -> None:
    (folder / "ETL.py").touch()
    assert "'ETL.py' and 'etl.py' are the same name" in problems(folder)


def test_every_problem_is_listed(folder: Path) -> None:
    (folder / "link").symlink_to("x")
    os.mkfifo(folder / "pipe")
    (folder / "back\\slash").touch()
    (folder / "ETL.py").touch()
    assert len(problems(folder).splitlines()) == 4


@pytest.mark.parametrize("name", sorted(rules.LEFT_OUT_NAMES))
def test_what_never_belongs_is_left_out(folder: Path, name: str, outside: Path) -> None:
    (folder / "src" / name).mkdir()
    (folder / "src" / name / "link").symlink_to(outside)
    snapshot = read(folder)
    assert snapshot.left_out == (f"src/{name}",)
    assert len(snapshot.files) == 2


def test_a_link_under_such_a_name_is_not_followed(folder: Path, outside: Path) -> None:
    (folder / ".venv").symlink_to(outside.parent)
    assert read(folder).left_out == (".venv",)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "deep" / "empty").mkdir(parents=True)
    assert problems(tmp_path / "deep") == "there is no file in it: hand in your work"


def test_too_deep_is_refused_and_just_deep_enough_is_not(folder: Path) -> None:
    deep = folder.joinpath(*"abcdefghijklmnopqrs")
    deep.mkdir(parents=True)
    (deep / "file").touch()
    assert len(read(folder).files) == 3
    (deep / "t").mkdir()
    (deep / "t" / "file").touch()
    assert "deeper than 20" in problems(folder)


def test_sizes_are_refused_without_reading(folder: Path) -> None:
    """A sparse file of a tebibyte costs nothing to make, and nothing to refuse."""
    with (folder / "model.pt").open("wb") as file:
        file.truncate(1 << 40)
    found = problems(folder)
    assert "'model.pt' has 1048576.0 MiB" in found
    assert "the files come to" in found


def test_too_many_files_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_FILES", 3)
    (folder / "third").touch()
    assert len(read(folder).files) == 3
    (folder / "fourth").touch()
    assert "more than 3 files" in problems(folder)


def test_what_may_not_be_read_is_a_problem(folder: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (folder / "etl.py").chmod(0)
    (folder / "src").chmod(0)
    found = problems(folder)
    (folder / "src").chmod(0o755)
    assert "'etl.py' cannot be opened" in found
    assert "'src' cannot be read" in found


@pytest.mark.parametrize("change", ["grow", "shrink", "touch"])
def test_a_file_that_changes_meanwhile_is_caught(tmp_path: Path, change: str) -> None:
    path = tmp_path / "growing.log"
    path.write_bytes(b"x" * (5 << 20))
    with opened_file(str(path)) as file:
        chunks = read_chunks(file, "'growing.log'")
        next(chunks)
        match change:
            case "grow":
                with path.open("ab") as writer:
                    writer.write(b"more")
            case "shrink":
                os.truncate(path, 10)
            case _:
                os.utime(path, (1, 1))
        with pytest.raises(UnreadableFileError, match="changed while it was being read"):
            list(chunks)


def test_a_file_that_is_swapped_for_a_link_is_never_followed(folder: Path, outside: Path) -> None:
    """A race that never ends: the walk may see file, link or neither, but nothing of outside."""
    stop = threading.Event()
    victim, other = folder / "victim", folder.parent / "other"

    def swap() -> None:
        while not stop.is_set():
            other.unlink(missing_ok=True)
            other.symlink_to(outside)
            other.replace(victim)
            other.write_text("mine")
            other.replace(victim)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for _ in range(300):
            draft = read_folder(str(folder))
            contents = {file.content for file in draft.files}
            assert b"of the host" not in contents
    finally:
        stop.set()
        thread.join()


def test_a_notebook_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "my work.ipynb").write_text("{}")
    snapshot = read_notebook(str(tmp_path / "my work.ipynb")).finish()
    assert snapshot.source is SourceKind.NOTEBOOK
    assert [(file.path, file.content) for file in snapshot.files] == [("my work.ipynb", b"{}")]


def test_a_notebook_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "a.ipynb").open("wb") as file:
        file.truncate(rules.MAX_FILE_BYTES + 1)
    with pytest.raises(SubmissionRefusedError, match=r"the limit is 25\.0 MiB"):
        read_notebook(str(tmp_path / "a.ipynb"))


def test_a_notebook_with_an_odd_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a\u202e.ipynb"
    path.write_text("{}")
    with pytest.raises(SubmissionRefusedError, match="invisible"):
        read_notebook(str(path)).finish()


def test_a_single_file_that_is_a_link_is_refused(tmp_path: Path, outside: Path) -> None:
    (tmp_path / "a.zip").symlink_to(outside)
    with pytest.raises(SubmissionRefusedError, match="not a regular file"):
        read_single_file(str(tmp_path / "a.zip"), max_bytes=100)
