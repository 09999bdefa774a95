"""The other half: what is honest comes through unchanged."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
import os
import tarfile
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import shapes
from call_targets import answer, converse, hand_over
from data_targets import decode_in
from hypothesis import given, settings
from hypothesis import strategies as st
from inside import wire, worksample_checks
from intake_targets import read_archive, tar_of, zip_of

from graders import writeup
from graders.notebook import rebuild
from runner.intake import rules
from runner.text import clean_cell, clean_text, has_hidden_text
from sandbox.frames import Frame, FrameDecoder, encode

if TYPE_CHECKING:
    from collections.abc import Sequence

patient = settings(deadline=None)

PARTS = st.from_regex(
    r"[a-zA-Z0-9_\u00e9\u30c7][a-zA-Z0-9_. \u00e9-]{0,12}[a-z0-9]", fullmatch=True
)
PATHS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)
FILES = st.dictionaries(PATHS, shapes.CONTENTS, min_size=1, max_size=5).filter(
    lambda files: not rules.collision_problems(files) and not any(map(rules.left_out_part, files))
)
HEADERS = st.dictionaries(shapes.TEXTS, st.integers(-9, 9) | shapes.TEXTS | st.none(), max_size=3)
FRAMES = st.lists(st.tuples(HEADERS, st.binary(max_size=40)), max_size=4)


@patient
@given(FILES, st.sampled_from(["zip", "pax", "gnu"]))
def test_the_files_of_an_archive_are_taken_in_as_they_are(
    files: dict[str, bytes], packed_as: str
) -> None:
    members = files.items()
    if packed_as == "zip":
        _, snapshot = read_archive(zip_of(members), "zip")
    else:
        kind = tarfile.PAX_FORMAT if packed_as == "pax" else tarfile.GNU_FORMAT
        _, snapshot = read_archive(gzip.compress(tar_of(members, kind), 1), "tar.gz")
    assert snapshot is not None
    found = {file.path: file.content for file in snapshot.files}
    tops = {path.partition("/")[0] for path in files}
    if len(tops) == 1 and all("/" in path for path in files):
        files = {path.partition("/")[2]: content for path, content in files.items()}
    assert found == files


@given(FRAMES, st.lists(st.integers(0, 400), max_size=8))
def test_frames_come_whole_however_the_stream_is_cut(
    sent: Sequence[tuple[dict[str, object], bytes]], cuts: list[int]
) -> None:
    stream = b"".join(encode(header, body) for header, body in sent)
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces = [stream[start:end] for start, end in itertools.pairwise(places)]
    frames, violation = decode_in(pieces)
    assert frames == [Frame(header=header, body=body) for header, body in sent]
    assert not violation


@patient
@given(HEADERS, st.binary(max_size=200))
def test_host_and_guest_write_the_same_frames(header: dict[str, object], body: bytes) -> None:
    read_fd, write_fd = os.pipe()
    try:
        channel = wire.Channel(read_fd, write_fd)
        os.write(write_fd, encode(header, body))
        assert channel.read() == (header, body)
        channel.write(header, body)
        said = os.read(read_fd, 1 << 16)
    finally:
        os.close(read_fd)
        os.close(write_fd)
    assert list(FrameDecoder(max_body_bytes=200).feed(said)) == [Frame(header=header, body=body)]


@patient
@given(
    shapes.TABLES,
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_a_table_that_was_written_is_read(
    rows: list[list[str]], line_end: str, quote_all: bool
) -> None:
    header = [f"column {number}" for number in range(len(rows[0]))]
    # Python's writer does not quote a lone carriage return, which ends a row for every reader.
    rows = [[cell.replace("\0", "").replace("\r", "") for cell in row] for row in rows]
    file = io.StringIO(newline="")
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    csv.writer(file, lineterminator=line_end, quoting=quoting).writerows([header, *rows])
    frame = worksample_checks.read_csv(file.getvalue().encode(), "out.csv", header)
    assert [list(frame.columns), *frame.to_numpy().tolist()] == [header, *rows]


@patient
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=5))
def test_numbers_that_were_written_are_read(numbers: list[float]) -> None:
    assert list(worksample_checks.numbers([repr(number) for number in numbers])) == numbers


@patient
@given(shapes.notebooks())
def test_a_notebook_keeps_its_sources(
    notebook: tuple[bytes, list[tuple[str, str]]],
) -> None:
    raw, cells = notebook
    rebuilt = rebuild(raw)
    kept = json.loads(rebuilt.content)["cells"]
    assert [(cell["cell_type"], cell["source"]) for cell in kept] == cells
    assert [source for _, source in rebuilt.code] == [
        source for kind, source in cells if kind == "code"
    ]


@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True),
        st.floats(-1e300, 1e300),
        max_size=4,
    ),
    st.integers(0, 2),
)
def test_claims_are_read_wherever_they_stand(claims: dict[str, float], position: int) -> None:
    lines = ["---", "claims:", *(f"  {name}: {value!r}" for name, value in claims.items()), "---"]
    cells = ["# Mine", "---\nan own line"]
    cells.insert(position, "\n".join([*lines, "text"]))
    parsed = writeup.parse(writeup.from_cells(cells))
    assert parsed.claims == claims
    assert parsed.problems == ()


ARRAYS = st.sampled_from(["|b1", "|i1", "<u2", "<i4", "<i8", "<f4", "<f8", "<M8[ns]"]).flatmap(
    lambda dtype: st.lists(st.integers(0, 1), max_size=6).map(
        lambda items: np.array(items).astype(dtype)
    )
)
SERIES = st.lists(st.none() | shapes.TEXTS, max_size=5).map(lambda x: pd.Series(x, dtype=object))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | shapes.TEXTS
    | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=4)
    | st.lists(inner, max_size=3).map(tuple)
    | st.dictionaries(shapes.TEXTS | st.integers(0, 9), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@patient
@given(PLAIN | ARRAYS | SERIES)
def test_a_value_that_is_handed_over_comes_whole(value: object) -> None:
    (outcome,) = converse([Frame(header={"t": "reply"}, body=answer(value))], ids=(1,))
    (call,) = hand_over([outcome], allow_nan=True)
    assert call.state == "returned"
    if isinstance(value, np.ndarray):
        assert call.value.dtype == value.dtype
        np.testing.assert_array_equal(call.value, value)
    elif isinstance(value, pd.Series):
        assert [None if pd.isna(item) else item for item in call.value] == value.tolist()
    else:
        assert repr(call.value) == repr(value)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=200))
def test_plain_text_stays_as_it_is(text: str) -> None:
    if not has_hidden_text(text):
        assert clean_text(text) == text
        assert clean_cell(text).replace("'", "") == text.replace("'", "")
