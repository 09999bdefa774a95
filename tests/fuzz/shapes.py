"""Inputs that are almost right: what is valid, with one thing or two that are not."""

from __future__ import annotations

import io
import json
import stat
import struct
import tarfile
import warnings
import zipfile
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st
from words_targets import chunk

if TYPE_CHECKING:
    from collections.abc import Callable

    from targets import Target

INTERESTING: Final = (
    b"\0", b"\xff", b"\xff\xff", b"\xff\xff\xff\xff", b"\0\0\0\x80", b"\x7f", b"\n", b"\r", b'"',
    b"\\", b"[", b"{", b"]", b"-", b"#", b"`", b"|", b"\xed\xa0\x80", b"\xe2\x80\xae", b"../",
)  # fmt: skip
NAMES: Final = st.sampled_from(
    ["a", "a/b", "./a", "A", "../a", "/a", "C:/a", "top/C:/a", "a\\b", ".git/x", "x/.GIT/y", "b/",
     "a//b", "", ".", "caf\u00e9", "cafe\u0301", "\u202e", "a\nb", "n" * 300, "d/" * 25 + "f"]
)  # fmt: skip
CONTENTS: Final = st.one_of(
    st.binary(max_size=40), st.integers(0, 3000).map(bytes), st.just(b"version https://git-lfs")
)


@st.composite
def damaged(draw: st.DrawFn, valid: st.SearchStrategy[bytes]) -> bytes:
    """Return valid bytes with up to four small damages; often with none."""
    data = bytearray(draw(valid))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, 16))
        match draw(st.sampled_from(["put", "insert", "drop", "cut", "again", "flip"])):
            case "put":
                piece = draw(st.sampled_from(INTERESTING))
                data[at : at + len(piece)] = piece
            case "insert":
                data[at:at] = draw(st.sampled_from(INTERESTING))
            case "drop":
                del data[at : at + length]
            case "cut":
                del data[at:]
            case "again":
                data[at:at] = data[at : at + 8 * length]
            case _ if at < len(data):
                data[at] ^= 1 << draw(st.integers(0, 7))
    return bytes(data)


def seeds_of(target: Target) -> st.SearchStrategy[bytes]:
    """Return the seeds of a target, damaged or not."""
    return damaged(st.sampled_from(target.seeds()))


# --- archives ------------------------------------------------------------------------------------

MODES: Final = st.sampled_from(
    [0, stat.S_IFREG | 0o644, stat.S_IFREG | 0o755, stat.S_IFLNK | 0o777, stat.S_IFDIR | 0o755,
     stat.S_IFIFO, stat.S_IFCHR]
)  # fmt: skip
METHODS: Final = st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])


@st.composite
def zips(draw: st.DrawFn) -> bytes:
    """Return a zip of odd members; names may repeat, sizes and flags may lie."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a name that is there twice
        for name in draw(st.lists(NAMES, max_size=6)):
            info = zipfile.ZipInfo(name or "x")
            info.external_attr = draw(MODES) << 16
            info.compress_type = draw(METHODS)
            packed.writestr(info, draw(CONTENTS))
    data = bytearray(file.getvalue())
    at = data.rfind(b"PK\1\2")
    if at >= 0 and draw(st.booleans()):
        field, size = draw(st.sampled_from([(8, 2), (10, 2), (16, 4), (20, 4), (24, 4), (42, 4)]))
        data[at + field : at + field + size] = draw(st.binary(min_size=size, max_size=size))
    return bytes(data)


TYPES: Final = st.sampled_from(
    [tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE,
     tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.CONTTYPE, tarfile.GNUTYPE_SPARSE, b"Z"]
)  # fmt: skip
PAX: Final = st.dictionaries(
    st.sampled_from(["path", "size", "mtime", "GNU.sparse.major", "GNU.sparse.map", "hdrcharset"]),
    st.sampled_from(["1", "0", "-1", "99999999999999999999", "nan", "../x", "1,2", "BINARY", "x"]),
    max_size=3,
)


@st.composite
def tars(draw: st.DrawFn) -> bytes:
    """Return a tar of odd members, with a first byte that says whether to mend its checksums."""
    file = io.BytesIO()
    packed_as = draw(st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]))
    with tarfile.open(fileobj=file, mode="w", format=packed_as) as packed:
        for name in draw(st.lists(NAMES, max_size=5)):
            info = tarfile.TarInfo(name)
            info.type = draw(TYPES)
            info.linkname = "target"
            info.pax_headers = draw(PAX)
            content = draw(CONTENTS) if info.isreg() else b""
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    return draw(st.sampled_from([b"\0", b"\1"])) + file.getvalue()


# --- JSON with odd types -------------------------------------------------------------------------

TEXTS: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ODD: Final = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 5), st.floats(), TEXTS,
    st.sampled_from([[], {}, [[]], 2**63, -(2**63), 1e308, "nan", "code", "ok"]),
)  # fmt: skip


@st.composite
def bent(draw: st.DrawFn, value: Any) -> Any:
    """Return a decoded JSON value in which now and then something else stands in a place."""
    if draw(st.integers(0, 19)) == 0:
        return draw(ODD)
    match value:
        case dict():
            changed = {key: draw(bent(item)) for key, item in value.items()}
            if changed and draw(st.integers(0, 9)) == 0:
                changed.pop(draw(st.sampled_from(sorted(changed))))
            return changed
        case list():
            items = [draw(bent(item)) for item in value]
            return items * draw(st.sampled_from([1, 1, 1, 0, 2]))
        case _:
            return value


@st.composite
def bent_json(draw: st.DrawFn, seeds: Callable[[], list[bytes]]) -> bytes:
    """Return a seed that is JSON, bent and written again, NaN and all."""
    value = json.loads(draw(st.sampled_from(seeds())))
    return json.dumps(draw(bent(value)), ensure_ascii=draw(st.booleans())).encode()


SOURCES: Final = st.one_of(TEXTS, st.lists(TEXTS, max_size=3))


@st.composite
def notebooks(draw: st.DrawFn) -> tuple[bytes, list[tuple[str, str]]]:
    """Return an honest notebook and its cells' kinds and sources."""
    cells, expected = [], []
    for kind in draw(st.lists(st.sampled_from(["code", "markdown", "raw"]), max_size=5)):
        source = draw(SOURCES)
        cells.append({"cell_type": kind, "source": source, "metadata": {"x": draw(TEXTS)}})
        expected.append((kind, "".join(source)))
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    return json.dumps(whole, ensure_ascii=draw(st.booleans())).encode(), expected


# --- answers of functions ------------------------------------------------------------------------

DTYPES: Final = st.sampled_from(["|b1", "<i4", "<f8", "<M8[ns]", "text", "bytes", "O", ""])
COUNTS: Final = st.sampled_from([0, 1, 2, 3, 8, -1, 1 << 26, 1 << 62])


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """Return a whole answer whose buffers, mostly, have the lengths that they claim."""
    specs, body = [], b""
    for _ in range(draw(st.integers(0, 3))):
        shape = draw(st.lists(COUNTS, max_size=2))
        raw = draw(
            st.sampled_from([bytes(8), b"\0\0\0\0", b"\1\0\0\0x", b"\xff" * 8, b"", bytes(16)])
        )
        specs.append({"dtype": draw(DTYPES), "shape": shape, "bytes": len(raw)})
        body += raw
    index = st.sampled_from([0, 1, 2, -1, True, "0", None])
    table = st.fixed_dictionaries(
        {
            "columns": st.lists(st.tuples(st.sampled_from(["a", "b", 1, []]), index), max_size=3),
            "rows": COUNTS,
            "index": st.none() | st.tuples(TEXTS | ODD, index),
        }
    )
    tagged = st.one_of(
        index.map(lambda i: {"$buffer": i}),
        table.map(lambda inner: {"$table": inner}),
        st.tuples(TEXTS | ODD, index).map(lambda pair: {"$series": pair}),
        st.lists(st.tuples(ODD, ODD), max_size=2).map(lambda pairs: {"$dict": pairs}),
        ODD.map(lambda odd: {"$tuple": odd}),
        ODD.map(lambda odd: {"$float": odd}),
    )
    ok = draw(st.recursive(tagged | ODD, lambda inner: st.lists(inner, max_size=3), max_leaves=4))
    head = json.dumps({"id": 1, "ok": ok, "buffers": specs}).encode()
    return b"\xff" + struct.pack(">II", len(head), len(body)) + head + body


# --- lines ---------------------------------------------------------------------------------------

CELLS: Final = st.one_of(
    TEXTS,
    st.sampled_from(["", " ", '"', '""', ",", "\n", "\r", "\r\n", "1", "-2.5", "1e999"]),
)
TABLES: Final = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=5)
)
LINES: Final = st.lists(
    st.sampled_from(
        ["---", "claims:", "  rows: 5", "  rows: 1e999", "\trows: \u0663", "  auc : -.5e-3", "# P1",
         "## P1 ##", "### More", "## P10", "## AI use", "```", "~~~", "text", "", "#" + " " * 30,
         "---\r", "\f", "\ufeff---", "> q", "|a|b|", "|-|-|", "[a](https://x.org)", "[a](j:x)",
         "<b>", "&#x202e;", "\u202e", "* " * 9, "`a", "    code", "1. x", "![i](x.png)", "\ud800"]
    ),
    max_size=14,
).map(lambda lines: "\n".join(lines).encode("utf-8", "surrogatepass"))  # fmt: skip
PNG_CHUNKS: Final = st.lists(
    st.builds(
        chunk,
        st.sampled_from(
            [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"tEXt", b"acTL", b"\0\0\0\0"]
        ),
        st.one_of(st.binary(max_size=20), st.just(b"\0\0\0\1\0\0\0\1\b\0\0\0\0")),
    ),
    max_size=6,
).map(lambda chunks: b"\x89PNG\r\n\x1a\n" + b"".join(chunks))


@st.composite
def toml_lines(draw: st.DrawFn, seeds: Callable[[], list[bytes]]) -> bytes:
    """Return a file of an author's in which values and lines were exchanged."""
    lines = draw(st.sampled_from(seeds())).decode().split("\n")
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        key, equals, _ = lines[at].partition(" = ")
        value = draw(
            st.sampled_from(
                ["nan", "-inf", "1e400", "0", "-1", "true", '""', '"\\u202e"', "[]", "{}", '["a"]',
                 "1979-05-27", "0x" + "f" * 4000, "[" * 999, '"../x"', '"1.5 GiB"', '"""', "''"]
            )
        )  # fmt: skip
        lines[at] = draw(st.sampled_from([f"{key}{equals}{value}", f"{key}x{equals}{value}", ""]))
    return "\n".join(lines).encode()
