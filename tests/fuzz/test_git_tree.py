"""``git_tree.py`` on repositories that no git would make, read by the host's git in a folder."""

from __future__ import annotations

import hashlib
import io
import itertools
import os
import zlib
from typing import TYPE_CHECKING, cast

import pytest
import shapes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inside import git_tree, wire
from intake_targets import Replay, Talk, finish

from runner.intake import repository, rules
from runner.intake.draft import Draft
from runner.intake.reader import guest_limits
from runner.intake.snapshot import SourceKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from runner.intake.reader import Reader
    from runner.intake.snapshot import Snapshot

    Entry = tuple[bytes, bytes, bytes]

spawning = settings(
    deadline=None,
    max_examples=max(10, settings().max_examples // 4),  # each starts six processes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

MODES = st.sampled_from(
    [b"100644", b"100755", b"100664", b"120000", b"160000", b"40000", b"100600", b"0", b"777777"]
)
NAMES = st.one_of(
    st.sampled_from([b"a", b"b.py", b"..", b".git", b".GIT", b"a/b", b"a\\b", b"\xff", b"a\nb"]),
    st.binary(min_size=1, max_size=8).filter(lambda name: b"\0" not in name),
)
ENTRIES = st.lists(st.tuples(MODES, NAMES, shapes.CONTENTS), max_size=5)
IDENTS = st.sampled_from(
    [b"A <a@b> 1700000000 +0000", b"A <a@b> -1 +0000", b"A <a@b> 99999999999999999999 +0000",
     b"A <a@b>", b"", b"A <a@b> 12x +0000", b"A\0 <a@b> 1 +0000"]
)  # fmt: skip
SUBJECTS = st.sampled_from(
    [b"First", b"", b"\xe2\x80\xaex", b"s" * 500, b"\xff\xfe", b"a\0b", b"\n\nlate"]
)


class Objects:
    """The files of a bare repository of loose objects."""

    def __init__(self) -> None:
        self.files = {"HEAD": b"ref: refs/heads/main\n"}

    def add(self, kind: bytes, body: bytes) -> str:
        """Store an object of any content; return its name."""
        whole = b"%s %d\0%s" % (kind, len(body), body)
        name = hashlib.sha1(whole).hexdigest()
        self.files[f"objects/{name[:2]}/{name[2:]}"] = zlib.compress(whole)
        return name

    def tree(self, entries: Sequence[Entry]) -> str:
        """Store a tree of (mode, name, content), as they are."""
        return self.add(
            b"tree",
            b"".join(
                mode + b" " + name + b"\0" + bytes.fromhex(self.add(b"blob", content))
                for mode, name, content in entries
            ),
        )

    def commit(self, tree: str, ident: bytes, subject: bytes) -> None:
        """Store a commit and let the branch point to it."""
        lines = [b"tree " + tree.encode(), b"author " + ident, b"committer " + ident]
        name = self.add(b"commit", b"\n".join(lines) + b"\n\n" + subject)
        self.files["refs/heads/main"] = name.encode() + b"\n"


@pytest.fixture
def take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Snapshot | None]:
    """Return what intake makes of the files of a repository; None if they are refused."""
    monkeypatch.setattr(wire, "ROOT", str(tmp_path))

    numbers = itertools.count()

    def read(files: dict[str, bytes]) -> Snapshot | None:
        monkeypatch.setattr(git_tree, "REPOSITORY", str(tmp_path / f"{next(numbers)}.git"))
        request = {
            "op": "read", "want": "tree", "revision": None, "limits": guest_limits(),
            "leave_out": sorted(rules.LEFT_OUT_NAMES), "max_commits": 5,
        }  # fmt: skip
        sent = [({"op": "file", "path": path}, content) for path, content in files.items()]
        talk = Talk((request, b""), *sent, ({"op": "go"}, b""))
        git_tree.converse(talk)
        frames = talk.frames()
        assert frames[-1].header["t"] == "end"
        draft = Draft(SourceKind.GIT)
        repository._receive(cast("Reader", Replay(frames[1:])), draft)
        return finish(draft)

    return read


@spawning
@given(entries=ENTRIES, ident=IDENTS, subject=SUBJECTS)
def test_a_tree_that_no_git_makes_is_read_or_refused(
    take: Callable[..., Snapshot | None], entries: list[Entry], ident: bytes, subject: bytes
) -> None:
    objects = Objects()
    objects.commit(objects.tree(entries), ident, subject)
    snapshot = take(objects.files)
    if snapshot is not None:
        contents = {content for _, _, content in entries}
        assert {file.content for file in snapshot.files} <= contents


@spawning
@given(data=st.data())
def test_a_damaged_repository_is_read_or_refused(
    take: Callable[..., Snapshot | None], data: st.DataObject
) -> None:
    objects = Objects()
    objects.commit(
        objects.tree([(b"100644", b"a.py", b"x = 1\n" * 9)]), b"A <a@b> 1700000000 +0000", b"First"
    )
    path = data.draw(st.sampled_from(sorted(objects.files)))
    content = data.draw(shapes.damaged(st.just(objects.files[path])))
    snapshot = take({**objects.files, path: content})
    if snapshot is not None:
        assert [(file.path, file.content) for file in snapshot.files] == [("a.py", b"x = 1\n" * 9)]


def test_an_honest_repository_is_read(take: Callable[..., Snapshot | None]) -> None:
    objects = Objects()
    entries = [(b"100644", b"a.py", b"1"), (b"100755", b"run.sh", b"2")]
    objects.commit(objects.tree(entries), b"A <a@b> 1700000000 +0000", b"First\n\nMore.")
    snapshot = take(objects.files)
    assert snapshot is not None
    assert [(file.path, file.executable) for file in snapshot.files] == [
        ("a.py", False),
        ("run.sh", True),
    ]
    (commit,) = snapshot.commit_log
    assert (commit.subject, commit.author_date.timestamp()) == ("First", 1_700_000_000)


class Listing:
    """A git that has put out all it will, through a pipe."""

    def __init__(self, data: bytes) -> None:
        read_fd, write_fd = os.pipe()
        with os.fdopen(write_fd, "wb") as file:
            file.write(data)
        self.stdin = io.BytesIO()
        self.stdout = os.fdopen(read_fd, "rb", buffering=0)

    def kill(self) -> None:
        """It has ended already."""

    def wait(self) -> int:
        return 0


@settings(deadline=None)
@given(st.lists(st.tuples(MODES, NAMES), max_size=20))
def test_every_line_of_a_listing_is_told_as_it_is(lines: list[tuple[bytes, bytes]]) -> None:
    said = b"".join(mode + b" blob " + b"0" * 40 + b"\t" + name + b"\0" for mode, name in lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(git_tree, "start", lambda *_words: Listing(said))
        found = [(mode, name) for mode, _, name in git_tree.tree_entries("HEAD")]
    assert found == lines


@given(st.text("0123456789-\u00b2\u0663x", max_size=25))
def test_seconds_are_of_an_author_or_none(word: str) -> None:
    assert 0 <= git_tree.seconds(word) <= git_tree.MAX_TIME_S
