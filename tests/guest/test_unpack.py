"""``unpack.py`` by the host's Python, without a container: what it says about archives."""

from __future__ import annotations

import ast
import gzip
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import sandbox.guest
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


def talk(script: str, frames: list[bytes], root: Path) -> list[Frame]:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", str(GUEST / script)],
        input=b"".join(frames),
        env={"WORKSAMPLE_ROOT": str(root)},
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()
    return list(FrameDecoder(max_body_bytes=1 << 20).feed(done.stdout))


def unpack(root: Path, packed: bytes, packed_as: str, **limits: int) -> list[Frame]:
    request = {
        "op": "unpack",
        "format": packed_as,
        "limits": {**LIMITS, **limits},
        "leave_out": [".git", "__pycache__"],
    }
    half = len(packed) // 2
    frames = [
        encode(request),
        encode({"op": "part"}, packed[:half]),
        encode({"op": "part"}, packed[half:]),
        encode({"op": "go"}),
    ]
    answers = talk("unpack.py", frames, root)
    assert answers[0].header == {"t": "ready", "protocol": 1}
    assert answers[-1].header == {"t": "end"}
    assert list(root.iterdir()) == [], "nothing is ever extracted"
    return answers[1:-1]


def zip_of(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def tar_of(*members: tuple[str, bytes], tail: bytes = b"") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(file.getvalue() + tail)


def said(frames: list[Frame]) -> list[tuple[object, ...]]:
    keys = ("kind", "name", "limit", "reason")
    return [tuple(frame.header[key] for key in keys if key in frame.header) for frame in frames]


@pytest.mark.parametrize("packed_as", ["zip", "tar.gz"])
def test_files_are_said_with_their_content(tmp_path: Path, packed_as: str) -> None:
    members = {"a.py": b"1", "b/c": b"22"}
    packed = zip_of(**members) if packed_as == "zip" else tar_of(*members.items())
    frames = unpack(tmp_path, packed, packed_as)
    assert [(frame.header["name"], frame.body) for frame in frames] == [*members.items()]
    assert frames[0].header == {
        "t": "entry", "kind": "file", "name": "a.py", "utf8": True, "size": 1, "executable": False,
    }  # fmt: skip


@pytest.mark.parametrize("packed_as", ["zip", "tar.gz"])
def test_each_limit_stops_the_reading(tmp_path: Path, packed_as: str) -> None:
    def found(members: dict[str, bytes], **limits: int) -> tuple[object, ...]:
        packed = zip_of(**members) if packed_as == "zip" else tar_of(*members.items())
        return said(unpack(tmp_path, packed, packed_as, **limits))[-1]

    small = {str(n): b"" for n in range(8)}
    noise = {str(n): os.urandom(900) for n in range(4)}
    assert found(small, max_files=7) == ("files",)
    assert found(small, max_entries=7) == ("entries",)
    assert found(small, max_scanned_entries=7) == ("entries",)
    assert found(noise) == ("total_bytes",)
    assert found(noise, max_file_bytes=899) == ("too_large", "3")
    zeros = {str(n): bytes(900) for n in range(8)}
    assert found(zeros, max_total_bytes=10_000, max_ratio=1) == ("ratio",)
    assert found(small) == ("file", "7")


def test_what_is_left_out_is_said_once_and_not_counted(tmp_path: Path) -> None:
    members = {f"x/.git/{n}": b"y" for n in range(30)}
    frames = unpack(tmp_path, zip_of(**members, a=b"1"), "zip")
    assert [frame.header["t"] for frame in frames] == ["left_out", "entry"]
    assert frames[0].header["name"] == "x/.git"


def test_a_size_that_lies_is_damage(tmp_path: Path) -> None:
    packed = bytearray(zip_of(a=b"x" * 50))
    directory = packed.rfind(b"PK\1\2")
    packed[directory + 24] = 49
    assert said(unpack(tmp_path, bytes(packed), "zip")) == [("damaged", "a")]


@pytest.mark.parametrize("cut", [1, 30])
def test_a_damaged_zip_is_corrupt(tmp_path: Path, cut: int) -> None:
    assert said(unpack(tmp_path, zip_of(a=b"1")[:-cut], "zip"))[-1] == ("corrupt",)


def test_a_header_damaged_midway_is_no_end_of_the_archive(tmp_path: Path) -> None:
    raw = bytearray(gzip.decompress(tar_of(("a", b"1"), ("b", b"2"), ("c", b"3"))))
    raw[1024 + 148] ^= 1  # the checksum of the second header
    assert said(unpack(tmp_path, gzip.compress(raw), "tar.gz")) == [("file", "a"), ("corrupt",)]


def test_data_after_the_end_is_corrupt(tmp_path: Path) -> None:
    def found(tail: bytes) -> list[tuple[object, ...]]:
        packed = tar_of(("a", b"1"), tail=tail)
        return said(unpack(tmp_path, packed, "tar.gz", ratio_floor_bytes=100_000))

    assert found(b"more") == [("file", "a"), ("corrupt",)]
    assert found(bytes(9)) == [("file", "a")]


def test_names_that_are_no_utf8_are_marked(tmp_path: Path) -> None:
    packed = zip_of(**{"caf#.py": b"1"}).replace(b"caf#", b"caf\xe9")
    frames = unpack(tmp_path, packed, "zip")
    assert (frames[0].header["name"], frames[0].header["utf8"]) == ("caf\\xe9.py", False)
    # Some packers write UTF-8 and do not set the flag.
    packed = zip_of(**{"caf##.py": b"1"}).replace(b"caf##", "café".encode())
    frames = unpack(tmp_path, packed, "zip")
    assert (frames[0].header["name"], frames[0].header["utf8"]) == ("café.py", True)


def test_a_sparse_member_is_marked(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with (tmp_path / "in/hole").open("wb") as file:
        file.truncate(1 << 20)
    done = subprocess.run(
        ["tar", "-C", str(tmp_path / "in"), "-czSf", "-", "hole"], capture_output=True, check=True
    )
    (tmp_path / "out").mkdir()
    assert said(unpack(tmp_path / "out", done.stdout, "tar.gz")) == [("sparse", "hole")]


@pytest.mark.parametrize("script", ["unpack.py", "git_tree.py"])
def test_the_script_needs_only_an_old_standard_library(script: str) -> None:
    tree = ast.parse((GUEST / script).read_text(), feature_version=(3, 8))
    names = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert names - {"wire", "unpack"} <= sys.stdlib_module_names
