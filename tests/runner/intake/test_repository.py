"""Repositories are read in real containers; hostile ones must run nothing, here or there."""

from __future__ import annotations

import datetime
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hostile_archives import plant_commands

from runner.intake import SourceKind, SubmissionRefusedError, gitfolder
from runner.intake.gitfolder import list_git_files, opened_git_folder

if TYPE_CHECKING:
    from pathlib import Path

    from hostile_archives import Repository

    from tests.runner.intake.conftest import Problems, Taken

docker = pytest.mark.docker


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """A file that appears if anything of the candidate's runs on this machine."""
    return tmp_path / "marker"


@docker
def test_an_honest_commit_is_read(repository: Repository, taken: Taken) -> None:
    first = repository.git("rev-parse", "HEAD")
    (repository.path / "etl.py").write_text("second\n")
    second = repository.commit("Second \u202e steps")
    (repository.path / "etl.py").write_text("not committed\n")
    snapshot = taken(f"{repository.path}@main")
    assert [(file.path, file.content, file.executable) for file in snapshot.files] == [
        ("etl.py", b"second\n", False),
        ("run.sh", b"#!/bin/sh\n", True),
    ]
    assert (snapshot.source, snapshot.commit) == (SourceKind.GIT, second)
    assert [commit.hash for commit in snapshot.commit_log] == [second, first]
    assert snapshot.commit_log[0].subject == "Second ⟨U+202E⟩ steps"
    assert snapshot.commit_log[1].author_date == datetime.datetime(
        2026, 1, 1, 18, 4, 5, tzinfo=datetime.UTC
    )
    assert "Real Name" not in repr(snapshot)
    assert "example.org" not in repr(snapshot)
    old = taken(f"{repository.path}@{first[:10]}")
    assert (old.commit, old.files[0].content) == (first, b"print('etl')\n")


@docker
def test_a_commit_and_its_folder_are_the_same_snapshot(
    repository: Repository, taken: Taken
) -> None:
    repository.git("gc", "--quiet")
    folder = taken(repository.path)
    commit = taken(f"{repository.path}@HEAD")
    assert folder.sha256 == commit.sha256
    assert (folder.source, folder.commit, folder.left_out) == (SourceKind.FOLDER, None, (".git",))
    assert folder.commit_log == commit.commit_log != ()


@docker
def test_a_bare_clone_is_read_at_its_head_and_tags(repository: Repository, taken: Taken) -> None:
    bare = repository.path.parent / "bare.git"
    repository.git("tag", "-a", "-m", "done", "v1")
    repository.git("clone", "--quiet", "--bare", ".", str(bare))  # hard-links the objects
    assert taken(bare).commit == taken(f"{bare}@v1").commit == repository.git("rev-parse", "HEAD")


@docker
def test_only_the_last_commits_are_listed(repository: Repository, taken: Taken) -> None:
    stream = "".join(
        f"commit refs/heads/main\ncommitter A <a@b> {1767225600 + n} +0000\ndata 2\nc\n"
        + ("from refs/heads/main^0\n" if n == 0 else "")
        + "\n"
        for n in range(250)
    )
    subprocess.run(
        ["git", "fast-import", "--quiet", "--force"],
        cwd=repository.path, input=stream.encode(), check=True,
    )  # fmt: skip
    assert len(taken(f"{repository.path}@main").commit_log) == 200


@docker
@pytest.mark.parametrize("as_folder", [True, False])
def test_hostile_settings_run_nothing(
    repository: Repository, taken: Taken, marker: Path, as_folder: bool
) -> None:
    plant_commands(repository, marker)
    honest = b"print('etl')\n"
    snapshot = taken(repository.path if as_folder else f"{repository.path}@main")
    assert not marker.exists()
    assert snapshot.files[0].content == honest
    assert len(snapshot.commit_log) == 1


def test_the_hostile_settings_do_run_elsewhere(repository: Repository, marker: Path) -> None:
    """The tests beside this one mean something only if a careless reader is caught."""
    plant_commands(repository, marker)
    repository.git("status", "--short")
    assert marker.exists()


@docker
def test_filters_are_not_applied(repository: Repository, taken: Taken) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"
    repository.add_entry(
        "100644", ".gitattributes", b"* filter=lfs ident text eol=crlf export-ignore\n"
    )
    repository.add_entry("100644", "model.pt", pointer)
    repository.add_entry("100644", "ident.py", b"# $Id$\n")
    snapshot = taken(f"{repository.path}@main")
    contents = {file.path: file.content for file in snapshot.files}
    assert contents["ident.py"] == b"# $Id$\n"
    assert contents["model.pt"] == pointer
    assert snapshot.notes == ("'model.pt' is a Git LFS pointer, not the content it stands for",)


@docker
def test_links_and_submodules_are_refused(repository: Repository, refused: Problems) -> None:
    repository.add_entry("120000", "link", b"/etc/passwd")
    repository.add_entry("100644", ".gitmodules", b'[submodule "lib"]\n\turl = ext::sh -c x\n')
    repository.add_entry("160000", "lib")
    assert refused(f"{repository.path}@main").splitlines() == [
        "'lib' is a submodule; submodules are not fetched: hand in the files",
        "'link' is a symbolic link: put the file itself in its place",
    ]


@docker
def test_names_in_a_tree_are_checked(repository: Repository, refused: Problems) -> None:
    repository.add_entry("100644", "ETL.py")
    repository.add_entry("100644", "a\x1bb")
    repository.git("config", "core.protectNTFS", "false")
    repository.add_entry("100644", "back\\slash")
    found = refused(f"{repository.path}@main")
    assert len(found.splitlines()) == 3


@docker
def test_alternates_are_not_followed(repository: Repository, refused: Problems) -> None:
    borrowed = repository.path.parent / "borrowed"
    repository.git("clone", "--quiet", "--shared", ".", str(borrowed))
    assert (borrowed / ".git/objects/info/alternates").exists()
    assert "or is incomplete" in refused(f"{borrowed}@main")


@docker
def test_a_tree_that_multiplies_is_stopped(repository: Repository, refused: Problems) -> None:
    """Six trees that each hold the next eight times are 262,144 files in a kilobyte."""
    name = repository.git("rev-parse", "HEAD:etl.py")
    line = "100644 blob"
    for _ in range(6):
        listing = "".join(f"{line} {name}\tf{n}\n" for n in range(8))
        done = subprocess.run(
            ["git", "mktree"], cwd=repository.path, input=listing.encode(),
            check=True, capture_output=True,
        )  # fmt: skip
        name, line = done.stdout.decode().strip(), "040000 tree"
    commit = repository.git("commit-tree", "-m", "bomb", name)
    assert "more than 5000 files" in refused(f"{repository.path}@{commit}")


@docker
def test_a_large_blob_is_refused_by_its_size(repository: Repository, refused: Problems) -> None:
    (repository.path / "zeros.bin").write_bytes(bytes(26 << 20))
    repository.commit("Add zeros")
    assert "'zeros.bin' has 26.0 MiB" in refused(f"{repository.path}@main")


@docker
@pytest.mark.parametrize("revision", ["nowhere", "0" * 40, "HEAD"])
def test_no_such_commit_says_so(tmp_path: Path, refused: Problems, revision: str) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "new")], check=True)
    assert "no such commit" in refused(f"{tmp_path}/new@{revision}")


@docker
def test_a_damaged_repository_says_so(repository: Repository, refused: Problems) -> None:
    tree = repository.git("rev-parse", "HEAD^{tree}")
    path = repository.path / ".git/objects" / tree[:2] / tree[2:]
    path.chmod(0o644)
    path.write_bytes(b"not zlib")
    assert "the repository is damaged" in refused(f"{repository.path}@main")


@docker
@pytest.mark.parametrize("damage", ["pointer", "link", "empty", "unborn"])
def test_a_folder_stands_without_its_commit_log(
    repository: Repository, taken: Taken, damage: str
) -> None:
    git = repository.path / ".git"
    shutil.move(git, repository.path.parent / "elsewhere")
    match damage:
        case "pointer":
            git.write_text("gitdir: ../elsewhere\n")
        case "link":
            git.symlink_to("../elsewhere")
        case "empty":
            git.mkdir()
        case _:
            repository.git("init", "--quiet")
    snapshot = taken(repository.path)
    assert len(snapshot.files) == 2
    assert snapshot.commit_log == ()
    assert bool(snapshot.notes) == (damage in ("pointer", "link"))


@docker
def test_a_linked_work_tree_is_refused(repository: Repository, refused: Problems) -> None:
    linked = repository.path.parent / "linked"
    repository.git("worktree", "add", "--quiet", str(linked), "-b", "other")
    assert "name the main repository" in refused(f"{linked}@other")


def test_only_history_is_sent(repository: Repository, marker: Path) -> None:
    plant_commands(repository, marker)
    git = repository.path / ".git"
    (git / "objects/info").mkdir(exist_ok=True)
    (git / "objects/info/alternates").write_text("/\n")
    (git / "refs/heads/link").symlink_to("/etc/passwd")
    (git / "refs/heads/.hidden").write_text("x")
    (git / "modules/lib").mkdir(parents=True)
    (git / "modules/lib/config").write_text("x")
    (git / "shallow").symlink_to("/etc/passwd")
    with opened_git_folder(str(repository.path)) as folder:
        assert folder is not None
        paths = {file.path for file in list_git_files(folder)}
    objects = {path for path in paths if path.startswith("objects/")}
    assert paths - objects == {"HEAD", "refs/heads/main"}
    assert len(objects) == 4


@pytest.mark.parametrize(("limit", "value"), [("MAX_GIT_FILES", 3), ("MAX_GIT_BYTES", 100)])
def test_too_much_history_is_refused(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(gitfolder, limit, value)
    with opened_git_folder(str(repository.path)) as folder:
        assert folder is not None
        with pytest.raises(SubmissionRefusedError, match="more than"):
            list_git_files(folder)
