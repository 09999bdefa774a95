"""Archives are read in real containers; the host only passes bytes and judges names."""

from __future__ import annotations

import gzip
import os
import stat
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest
from hostile_archives import make_tar, make_zip, tar_entry

from runner.intake import SourceKind, SubmissionRefusedError, rules, take_in
from runner.intake.draft import Draft
from runner.intake.reader import failures_in, opened_reader, take_entry
from sandbox.errors import EngineUnavailableError, GuestProtocolError
from sandbox.frames import Frame

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sandbox.base import Sandbox
    from tests.runner.intake.conftest import Problems, Taken

docker = pytest.mark.docker
HONEST = {"etl.py": b"print('etl')\n", "src/run.sh": b"#!/bin/sh\n"}


@docker
def test_the_same_files_are_the_same_snapshot_in_any_form(taken: Taken, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    for name, content in HONEST.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "src/run.sh").chmod(0o755)
    wrapped = {f"work/{name}": content for name, content in HONEST.items()}
    snapshots = [
        taken(folder),
        taken(make_zip(tmp_path / "a.zip", HONEST)),
        taken(make_zip(tmp_path / "b.zip", wrapped)),
        taken(make_tar(tmp_path / "a.tar.gz", *HONEST.items())),
        taken(make_tar(tmp_path / "b.tgz", *((f"./{n}", c) for n, c in HONEST.items()))),
    ]
    assert len({snapshot.sha256 for snapshot in snapshots}) == 1
    assert snapshots[0].files == snapshots[1].files
    assert [snapshot.source.value for snapshot in snapshots] == [
        "folder", "zip", "zip", "tar", "tar",
    ]  # fmt: skip
    assert "'work', which was taken off" in snapshots[2].notes[0]


@docker
def test_what_other_systems_add_is_left_out(taken: Taken, tmp_path: Path) -> None:
    extra = {
        "work/etl.py": b"x",
        "__MACOSX/work/._etl.py": b"x",
        "work/.DS_Store": b"x",
        "work/.git/config": b"[core]\nfsmonitor = touch /tmp/marker\n",
        "work/node_modules/a/b.js": b"x",
    }
    snapshot = taken(make_zip(tmp_path / "a.zip", extra))
    assert [file.path for file in snapshot.files] == ["etl.py"]
    assert snapshot.left_out == (
        "__MACOSX", "work/.DS_Store", "work/.git", "work/node_modules",
    )  # fmt: skip


@docker
def test_zip_lists_every_bad_name(refused: Problems, tmp_path: Path) -> None:
    members = dict.fromkeys(
        [
            "../up",
            "/abs",
            "C:\\x",
            "a\\b",
            "e\x1bsc",
            "bi\u202edi",
            ".GIT/x",
            "x" * 241,
            "ok",
            "OK",
        ],
        b"x",
    )
    found = refused(make_zip(tmp_path / "a.zip", members))
    assert len(found.splitlines()) == 10
    for word in ("'../up' leads out", "'/abs' is an absolute", "⟨U+001B⟩", "⟨U+202E⟩", "'.GIT/x'"):
        assert word in found


@docker
def test_a_name_that_goes_on_after_nul_is_refused(refused: Problems, tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"fine.py@.exe": b"x"})
    path.write_bytes(path.read_bytes().replace(b"fine.py@.exe", b"fine.py\0.exe"))
    assert "'fine.py⟨U+0000⟩.exe' has control" in refused(path)


@docker
def test_a_member_twice_is_refused(refused: Problems, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", "1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a", "2")
    assert "'a' is there twice" in refused(path)


@docker
def test_zip_links_and_pipes_are_refused(refused: Problems, tmp_path: Path) -> None:
    members = {"link": b"/etc/passwd", "pipe": b"", "ok": b"x"}
    found = refused(
        make_zip(tmp_path / "a.zip", members, link=stat.S_IFLNK | 0o777, pipe=stat.S_IFIFO)
    )
    assert found.splitlines() == [
        "'link' is a symbolic link: put the file itself in its place",
        "'pipe' is neither a file nor a folder: remove it",
    ]


@docker
def test_an_encrypted_zip_says_so(refused: Problems, tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", HONEST)
    raw = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = raw.find(signature)
        while at >= 0:
            raw[at + offset] |= 1
            at = raw.find(signature, at + 1)
    path.write_bytes(raw)
    assert "'etl.py' is encrypted: pack it without a password" in refused(path)


@docker
def test_a_damaged_member_says_so(refused: Problems, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a", "as it was")
    path.write_bytes(path.read_bytes().replace(b"as it was", b"as it is!"))
    assert refused(path) == "'a' is damaged in the archive: pack it again"


@docker
@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
@pytest.mark.parametrize("content", [b"", b"no archive at all", b"PK\3\4" + b"\0" * 50])
def test_what_is_no_archive_says_so(
    refused: Problems, tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    assert "damaged or not what its name says" in refused(tmp_path / name)


@docker
def test_a_cut_off_tar_says_so(refused: Problems, tmp_path: Path) -> None:
    path = make_tar(tmp_path / "a.tgz", *HONEST.items())
    path.write_bytes(path.read_bytes()[:-9])
    assert "damaged" in refused(path)


@docker
def test_an_archive_of_nothing_is_refused(refused: Problems, tmp_path: Path) -> None:
    assert "there is no file in it" in refused(make_zip(tmp_path / "a.zip", {"empty/": b""}))


@docker
def test_tar_links_never_lead_anywhere(refused: Problems, tmp_path: Path) -> None:
    path = make_tar(
        tmp_path / "a.tgz",
        tar_entry("d", tarfile.SYMTYPE, "/tmp"),
        ("d/x", b"written through the link"),
        tar_entry("hard", tarfile.LNKTYPE, "../../etc/passwd"),
        tar_entry("pipe", tarfile.FIFOTYPE),
        tar_entry("device", tarfile.CHRTYPE),
    )
    found = refused(path)
    assert [line.split(":")[0] for line in found.splitlines()] == [
        "'d' is a symbolic link",
        "'hard' is a hard link, one file under several names",
        "'pipe' is neither a file nor a folder",
        "'device' is neither a file nor a folder",
    ]


@docker
def test_tar_names_are_checked(refused: Problems, tmp_path: Path) -> None:
    found = refused(make_tar(tmp_path / "a.tgz", ("../up", b""), ("/abs", b""), ("caf\udce9", b"")))
    assert len(found.splitlines()) == 3
    assert "not UTF-8" in found


@docker
def test_set_id_modes_become_one_bit(taken: Taken, tmp_path: Path) -> None:
    info = tarfile.TarInfo("tool")
    info.mode = 0o6755
    snapshot = taken(make_tar(tmp_path / "a.tgz", info))
    assert [(file.path, file.executable) for file in snapshot.files] == [("tool", True)]


@docker
def test_a_zip_bomb_is_stopped_by_its_ratio(refused: Problems, tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {f"{n}.bin": bytes(5 << 20) for n in range(10)})
    assert "more than 100 times as large" in refused(path)


@docker
def test_a_tar_bomb_is_stopped_by_its_ratio(refused: Problems, tmp_path: Path) -> None:
    """Too large by its header, and never decompressed to its end."""
    path = tmp_path / "a.tgz"
    info = tarfile.TarInfo("zeros.bin")
    info.size = 1 << 28
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(info.tobuf())
        for _ in range(1 << 4):
            file.write(bytes(1 << 24))
    found = refused(path)
    assert "'zeros.bin' has 256.0 MiB" in found
    assert "more than 100 times as large" in found


@docker
def test_a_dense_but_small_archive_is_fine(taken: Taken, tmp_path: Path) -> None:
    assert taken(make_zip(tmp_path / "a.zip", {"zeros.csv": bytes(8 << 20)})).files


@docker
def test_a_nested_archive_is_a_file(taken: Taken, tmp_path: Path) -> None:
    inner = make_zip(tmp_path / "inner.zip", {"../up": b"x"}).read_bytes()
    snapshot = taken(make_zip(tmp_path / "a.zip", {"data/inner.zip": inner, "a.py": b""}))
    assert snapshot.files[1].content == inner


@docker
def test_too_many_members_are_refused(refused: Problems, tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {f"{n}": b"" for n in range(rules.MAX_FILES + 1)})
    assert "more than 5000 files" in refused(path)


@docker
def test_too_much_in_total_is_refused(refused: Problems, tmp_path: Path) -> None:
    """Half noise, half zeros: a ratio of two, and more than the limit."""
    noise = os.urandom(10 << 20)
    path = make_zip(tmp_path / "a.zip", {f"{n}": noise + bytes(10 << 20) for n in range(6)})
    assert path.stat().st_size < rules.MAX_ARCHIVE_BYTES
    assert "the files come to over 100.0 MiB" in refused(path)


def test_an_archive_beyond_its_limit_starts_no_container(tmp_path: Path) -> None:
    with (tmp_path / "a.zip").open("wb") as file:
        file.truncate(rules.MAX_ARCHIVE_BYTES + 1)
    with pytest.raises(SubmissionRefusedError, match=r"'a\.zip' has 100\.0 MiB, the limit is"):
        take_in(str(tmp_path / "a.zip"), sandbox=NoSandbox(), image="none")  # type: ignore[arg-type]


class NoSandbox:
    def start(self, spec: object) -> None:
        raise EngineUnavailableError("it is switched off")


def test_a_machine_fault_is_no_refusal(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailableError):
        take_in(str(make_zip(tmp_path / "a.zip", HONEST)), sandbox=NoSandbox(), image="none")  # type: ignore[arg-type]


@docker
@pytest.mark.parametrize("ending", ["dies", "sleeps"])
def test_a_reader_that_dies_or_hangs_is_a_refusal(
    docker_sandbox: Sandbox, candidate_image: str, ending: str
) -> None:
    draft = Draft(SourceKind.ZIP)
    with (
        opened_reader(
            docker_sandbox, candidate_image, script="unpack.py", disk_bytes=1 << 20, deadline_s=2
        ) as reader,
        failures_in(draft, "the archive"),
    ):
        if ending == "dies":
            reader.send({"op": "unpack"})  # no limits in it: the script ends with an error
        reader.receive()
    assert "could not be read within the limits" in draft.problems[0]


GOOD: Mapping[str, object] = {
    "t": "entry", "kind": "file", "name": "a", "utf8": True, "size": 1, "executable": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "body"),
    [
        ({"size": 2}, b"x"),
        ({"size": -1}, b""),
        ({"size": True}, b"x"),
        ({"name": 1}, b"x"),
        ({"utf8": "yes"}, b"x"),
        ({"executable": None}, b"x"),
        ({"kind": "surprise"}, b"x"),
        ({"kind": "too_large"}, b""),
        ({"t": "surprise"}, b"x"),
        ({"t": "over", "limit": "surprise"}, b""),
        ({"t": "left_out", "name": None}, b""),
    ],
)
def test_a_lying_reader_is_caught(change: Mapping[str, object], body: bytes) -> None:
    with pytest.raises(GuestProtocolError):
        take_entry(Frame(header={**GOOD, **change}, body=body), Draft(SourceKind.ZIP))


@pytest.mark.parametrize("name", ["../a", "/a", "a\n", ".GIT/a", "a//b", "a/."])
def test_the_host_checks_names_again(name: str) -> None:
    draft = Draft(SourceKind.ZIP)
    take_entry(Frame(header={**GOOD, "name": name}, body=b"x"), draft)
    assert draft.problems
    assert not draft.files


def test_the_host_leaves_out_again() -> None:
    draft = Draft(SourceKind.ZIP)
    take_entry(Frame(header={**GOOD, "name": "x/.git/hooks/a"}, body=b"x"), draft)
    take_entry(Frame(header=GOOD, body=b"x"), draft)
    assert draft.finish().left_out == ("x/.git",)
