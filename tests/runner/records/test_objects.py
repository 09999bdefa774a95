"""Stored files come back as they were or not at all, from a folder and from a store by URL."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Protocol

import pytest
from fsspec.core import url_to_fs
from s3_server import BUCKET, S3Server

from runner.errors import RecordsError
from runner.records import file_store
from runner.records.objects import Objects

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "a b%20ü"
GIVEN = b"handed in \x00\xff"


class Tamper(Protocol):
    def __call__(self, digest: str, content: bytes | None) -> None: ...


@pytest.fixture(params=["folder", "file-url", "s3", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Return an empty place of each kind."""
    folder = tmp_path / FOLDER
    if request.param == "folder":
        return folder
    if request.param == "file-url":
        return folder.as_uri()
    if request.param == "memory":
        return f"memory://{tmp_path.name}"
    request.getfixturevalue("s3")
    return f"s3://{BUCKET}/round-1"


@pytest.fixture
def objects(place: Path | str) -> Objects:
    return Objects(place)


@pytest.fixture
def tamper(place: Path | str, tmp_path: Path) -> Tamper:
    """Return a function that changes an object behind our back, or removes it."""

    def change(digest: str, content: bytes | None) -> None:
        is_store = str(place).startswith(("s3:", "memory:"))
        where = str(place) if is_store else str(tmp_path / FOLDER)
        files, root = url_to_fs(where, skip_instance_cache=True)
        path = f"{root}/{digest[:2]}/{digest[2:]}"
        if content is None:
            files.rm_file(path)
        else:
            files.pipe_file(path, content)

    return change


def test_what_is_kept_comes_back(objects: Objects) -> None:
    digest = objects.put(GIVEN)
    assert digest == hashlib.sha256(GIVEN).hexdigest()
    assert objects.put(GIVEN) == digest
    assert objects.get(digest) == GIVEN
    assert objects.get(objects.put(b"")) == b""


def test_a_tree_comes_back_with_its_paths(objects: Objects) -> None:
    files = {f"src/{number}.py": os.urandom(number) for number in range(40)}
    assert objects.get_tree(objects.put_tree(files)) == files
    assert objects.get_tree(objects.put_tree({})) == {}


def test_its_url_opens_the_same_objects(objects: Objects) -> None:
    digest = objects.put(GIVEN)
    assert Objects(objects.url).get(digest) == GIVEN
    assert Objects(objects.url).url == objects.url


@pytest.mark.parametrize("place", ["file-url", "s3"], indirect=True)
def test_its_url_opens_the_same_objects_in_another_process(objects: Objects) -> None:
    digest = objects.put(GIVEN)
    script = (
        "import sys; from runner.records.objects import Objects; "
        "sys.stdout.buffer.write(Objects(sys.argv[1]).get(sys.argv[2]))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, objects.url, digest], capture_output=True, timeout=60
    )
    assert told.stdout == GIVEN, told.stderr


def test_what_was_changed_is_refused(objects: Objects, tamper: Tamper) -> None:
    digest = objects.put(GIVEN)
    tamper(digest, b"something else")
    with pytest.raises(RecordsError, match="was changed"):
        objects.get(digest)


def test_what_was_removed_is_said_and_can_be_kept_again(objects: Objects, tamper: Tamper) -> None:
    digest = objects.put(GIVEN)
    tamper(digest, None)
    with pytest.raises(RecordsError, match="is missing"):
        objects.get(digest)
    assert objects.get(objects.put(GIVEN)) == GIVEN


def test_what_is_there_is_not_written_again(objects: Objects, tamper: Tamper) -> None:
    digest = objects.put(GIVEN)
    tamper(digest, b"a mark")
    objects.put(GIVEN)
    with pytest.raises(RecordsError, match="was changed"):
        objects.get(digest)


def test_a_server_that_is_gone_is_said_in_our_words(s3: S3Server) -> None:
    objects = Objects(f"s3://{BUCKET}/round-1")
    digest = objects.put(GIVEN)
    s3.stop()
    began = time.monotonic()
    with pytest.raises(RecordsError, match=f"file store s3://{BUCKET}/round-1 failed") as caught:
        objects.get(digest)
    assert "the same command goes on" in str(caught.value)
    with pytest.raises(RecordsError):
        objects.put(b"new")
    assert time.monotonic() - began < 60


def test_a_server_that_never_answers_is_given_up(
    monkeypatch: pytest.MonkeyPatch, s3: S3Server
) -> None:
    monkeypatch.setattr(file_store, "_PATIENCE_S", 2.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        with pytest.raises(RecordsError, match="failed"):
            Objects(f"s3://{BUCKET}/silent").put(GIVEN)
        assert time.monotonic() - began < 10


def test_a_bucket_that_is_not_there_is_said(s3: S3Server) -> None:
    with pytest.raises(RecordsError, match="s3://other failed"):
        Objects("s3://other").put(GIVEN)


@pytest.mark.parametrize("url", ["s3://user:hunter2@bucket/x", "s3://bucket/x?secret=hunter2"])
def test_a_password_in_a_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(RecordsError, match="without a password") as caught:
        Objects(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["nosuch://bucket/x", "gs://bucket/x"])
def test_a_store_that_nothing_can_open_is_said(url: str) -> None:
    with pytest.raises(RecordsError, match=f"file store {url} (cannot|needs)"):
        Objects(url)
