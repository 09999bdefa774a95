"""What takes a submission in: archives, the frames of a reader container, names.

A target takes any bytes and returns, or raises: an assertion if a promise is broken, and whatever
the code should not let out.
"""

from __future__ import annotations

import gzip
import io
import os
import posixpath
import tarfile
import unicodedata
import zipfile
from collections import deque
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Any, Final, cast

from inside import git_tree, unpack

from runner.intake import archive, repository, rules
from runner.intake.draft import Draft
from runner.intake.errors import SubmissionRefusedError
from runner.intake.reader import failures_in, guest_limits
from runner.intake.snapshot import SourceKind
from runner.text import has_hidden_text
from sandbox.errors import GuestGoneError
from sandbox.frames import Frame, FrameDecoder, encode
from sandbox.strict_json import StrictJsonError, loads_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runner.intake.reader import Reader
    from runner.intake.snapshot import Snapshot

KINDS: Final = {
    "file", "too_large", "folder", "symlink", "hardlink", "special", "sparse", "encrypted",
    "method", "damaged",
}  # fmt: skip
BLOCK: Final = tarfile.BLOCKSIZE


class Talk:
    """The guest's channel: gives what the host would send, keeps what the guest says as bytes."""

    def __init__(self, *requests: tuple[Mapping[str, object], bytes]) -> None:
        self._requests = deque(requests)
        self.said = bytearray()

    def read(self) -> tuple[Mapping[str, object], bytes]:
        return self._requests.popleft()

    def write(self, header: Mapping[str, object], body: bytes = b"") -> None:
        self.said += encode(header, body)

    def frames(self) -> list[Frame]:
        """Return what was said, as the host would decode it."""
        return list(FrameDecoder(max_body_bytes=rules.MAX_FILE_BYTES).feed(bytes(self.said)))


class Replay:
    """A reader container that has said all it will ever say."""

    def __init__(self, frames: Iterable[Frame]) -> None:
        self._frames = deque(frames)

    def receive(self) -> Frame:
        if not self._frames:
            raise GuestGoneError("the container ended")
        return self._frames.popleft()


# --- archives ------------------------------------------------------------------------------------


def read_archive(packed: bytes, packed_as: str) -> tuple[list[Frame], Snapshot | None]:
    """Take an archive in as intake does, without a container; None if it was refused."""
    frames = say_archive(packed, packed_as)
    draft = Draft(SourceKind.ZIP)
    archive._receive(cast("Reader", Replay(frames[1:])), draft)
    draft.strip_top_folder()
    return frames, finish(draft)


def say_archive(packed: bytes, packed_as: str) -> list[Frame]:
    """Return what the guest says of an archive."""
    request = {
        "op": "unpack",
        "format": packed_as,
        "limits": guest_limits(),
        "leave_out": sorted(rules.LEFT_OUT_NAMES),
    }
    talk = Talk((request, b""), ({"op": "part"}, packed), ({"op": "go"}, b""))
    unpack.converse(talk)
    return talk.frames()


def finish(draft: Draft) -> Snapshot | None:
    """Return the snapshot of a draft, which meets every rule, or None if it was refused."""
    try:
        snapshot = draft.finish()
    except SubmissionRefusedError as refused:
        assert refused.problems
        assert not any(map(has_hidden_text, refused.problems))
        return None
    paths = [file.path for file in snapshot.files]
    assert paths == sorted(set(paths))
    for path in paths:
        assert rules.path_problems(path) == ()
        assert rules.left_out_part(path) is None
    assert rules.collision_problems(paths) == ()
    assert 0 < len(paths) <= rules.MAX_FILES
    assert sum(len(file.content) for file in snapshot.files) <= rules.MAX_TOTAL_BYTES
    return snapshot


def check_archive(packed: bytes, packed_as: str) -> None:
    """Hold the guest to its protocol and its limits, the host to its rules."""
    frames, _ = read_archive(packed, packed_as)
    assert frames[0].header == {"t": "ready", "protocol": 1}
    assert frames[-1].header == {"t": "end"}
    total = 0
    for frame in frames[1:-1]:
        header = frame.header
        match header["t"]:
            case "entry":
                assert header["kind"] in KINDS
                assert len(str(header["name"])) <= 4096
                total += len(frame.body)
                assert len(frame.body) == (header["size"] if header["kind"] == "file" else 0)
            case "left_out":
                assert not frame.body
            case "over":
                assert header["limit"] in {"files", "entries", "total_bytes", "ratio"}
            case "failed":
                assert header["reason"] == "corrupt"
            case other:
                raise AssertionError(f"said {other!r}")
    assert total <= max(rules.MAX_RATIO * len(packed), rules.RATIO_FLOOR_BYTES)
    assert len(frames) <= rules.MAX_ENTRIES + unpack.MAX_LEFT_OUT + 4


def check_zip(data: bytes) -> None:
    check_archive(data, "zip")


def check_gzip(data: bytes) -> None:
    check_archive(data, "tar.gz")


def check_tar(data: bytes) -> None:
    """A tar, its headers' checksums put right where the first byte is odd."""
    raw = with_checksums(data[1:]) if data[:1] and data[0] % 2 else data[1:]
    check_archive(gzip.compress(raw, 1, mtime=0), "tar.gz")


def with_checksums(raw: bytes) -> bytes:
    """Return a tar where each block that may be a header has the checksum of one."""
    blocks = bytearray(raw)
    for at in range(0, len(blocks) - BLOCK + 1, BLOCK):
        block = bytes(blocks[at : at + BLOCK])
        if block[257:262] == b"ustar":
            total = sum(block[:148]) + sum(block[156:]) + 8 * ord(" ")
            blocks[at + 148 : at + 156] = b"%06o\0 " % total
    return bytes(blocks)


def zip_of(members: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a zip; a name may come twice."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members:
            with packed.open(zipfile.ZipInfo(name), "w") as member:
                member.write(content)
    return file.getvalue()


def tar_of(members: Iterable[tuple[str, bytes]], packed_as: int = tarfile.PAX_FORMAT) -> bytes:
    """Return a tar, not compressed."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=packed_as) as packed:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    return file.getvalue()


_HONEST: Final = (("work/etl.py", b"print('etl')\n" * 9), ("work/src/run.sh", b"#!/bin/sh\n"))


def link_of(kind: bytes) -> bytes:
    """Return a tar of one link, device or the like."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as packed:
        info = tarfile.TarInfo("a")
        info.type, info.linkname = kind, "b"
        packed.addfile(info)
    return file.getvalue()


def seeds_zip() -> list[bytes]:
    names = ("a", "./a", "../a", "/a", "C:/a", "a\\b", "caf\u00e9", ".git/config", "a/.git/x", "b/")
    return [
        zip_of(_HONEST),
        zip_of((name, b"1") for name in names),
        zip_of([("top/C:/x", b"1")]),
        zip_of([("a", bytes(200_000))]),
        b"PK\5\6" + bytes(18),
    ]


def seeds_tar() -> list[bytes]:
    long = [("d/" * 90 + "\u00e9", b"1")]
    kinds = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE,
             tarfile.GNUTYPE_SPARSE, tarfile.CHRTYPE)  # fmt: skip
    raw = [
        *(tar_of(_HONEST, kind) for kind in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)),
        *(tar_of(long, kind) for kind in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)),
        *map(link_of, kinds),
    ]
    return [b"\1" + one for one in raw]


def seeds_gzip() -> list[bytes]:
    return [gzip.compress(one[1:], mtime=0) for one in seeds_tar()]


# --- what a reader container says ----------------------------------------------------------------


def frames_of(data: bytes) -> list[Frame]:
    """Return a frame for each line that is a JSON object; its key ``body`` becomes the body."""
    frames = []
    for line in data.split(b"\n"):
        try:
            header = loads_object(line)
        except StrictJsonError:
            continue
        body = header.pop("body", "")
        frames.append(Frame(header=header, body=body.encode() if isinstance(body, str) else b""))
    return frames


def check_reader(data: bytes) -> None:
    """Whatever a reader container says, the draft stays within bounds and rules."""
    frames = frames_of(data)
    receivers: tuple[Any, ...] = (archive._receive, repository._receive)
    for receive in receivers:
        draft = Draft(SourceKind.GIT)
        with failures_in(draft, "it"):
            receive(Replay(frames), draft)
        draft.strip_top_folder()
        snapshot = finish(draft)
        if snapshot is not None:
            assert len(snapshot.commit_log) <= repository.MAX_COMMITS
            assert not any(has_hidden_text(one.subject) for one in snapshot.commit_log)
            assert not any(map(has_hidden_text, snapshot.left_out + snapshot.notes))


def seeds_reader() -> list[bytes]:
    entry = b'{"t":"entry","kind":"%s","name":"%s","utf8":true,"size":%d,"executable":false%s}\n'
    commit = b'{"t":"commit","hash":"%s","author_s":%d,"committer_s":0,"subject":"First"}\n'
    end = b'{"t":"end","commit":"%s"}\n' % (b"0" * 40)
    file = entry % (b"file", b"a.py", 2, b',"body":"1\\n"')
    return [
        commit % (b"a" * 40, 1_700_000_000) + file + end,
        commit % (b"a" * 40, 1 << 62) + file + end,
        file + file + end,
        entry % (b"folder", b"./d/", 0, b"") + file + end,
        b"".join(entry % (kind.encode(), b"x", 0, b"") for kind in sorted(KINDS)) + end,
        entry % (b"file", b"x/.git/y", 0, b"") + b'{"t":"left_out","name":"venv"}\n' + end,
        b'{"t":"over","limit":"ratio"}\n{"t":"failed","reason":"corrupt","detail":"\\u202e"}\n'
        + end,
    ]


# --- names ---------------------------------------------------------------------------------------


def check_names(data: bytes) -> None:
    """A path that passes stays below its folder on every system, under one name."""
    path, is_utf8 = rules.decode_name(data)
    shown = rules.show_name(path)
    assert not has_hidden_text(shown)
    assert "\n" not in shown
    assert not any(map(has_hidden_text, rules.path_problems(path, is_utf8=is_utf8)))
    key = rules.collision_key(path)
    for other in ("NFC", "NFD"):
        assert rules.collision_key(unicodedata.normalize(other, path)) == key
    if not rules.path_problems(path, is_utf8=is_utf8):
        check_plain(path)
    check_kept(path)


def check_plain(path: str) -> None:
    assert posixpath.normpath(path) == path
    assert posixpath.normpath(f"/root/{path}") == f"/root/{path}"
    for part in path.split("/"):
        assert part != ".."
        windows = PureWindowsPath(part)
        assert not windows.drive
        assert not windows.root
    assert len(os.fsencode(path)) <= rules.MAX_PATH_BYTES


def check_kept(path: str) -> None:
    """What the guest keeps of a repository tells git no more than its history."""
    is_kept = git_tree.KEPT.fullmatch(path) and ".." not in path.split("/")
    if not is_kept:
        return
    target = posixpath.join("/root", path)
    assert posixpath.normpath(target).startswith("/root/")
    top = posixpath.normpath(path).split("/")[0]
    assert top in {"HEAD", "packed-refs", "shallow", "refs", "objects"}


def seeds_names() -> list[bytes]:
    names = (
        "etl.py", "src/a b/c.txt", "/etc/x", "C:/x", "a/C:x", "../x", "a/../x", "a/./b", "a//b",
        "a\\b", ".GIT/config", "git~1", ".git /x", "gpj\u202efdp.py", "\uff0e\uff47\uff49\uff54",
        "refs/heads/main", "refs//x", "refs/./x", "objects/pack/pack-" + "a" * 40 + ".idx",
        "na\u00efve/\u30c7\u30fc\u30bf.csv", "\u0345\u03b1\u0301",
    )  # fmt: skip
    return [*(name.encode() for name in names), b"caf\xe9"]
