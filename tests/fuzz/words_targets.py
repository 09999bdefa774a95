"""What people write or read: notebooks, write-ups, pages, and the authors' own TOML."""

from __future__ import annotations

import base64
import html
import io
import json
import math
import re
import struct
import tempfile
import zlib
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Final

import nbformat
from task_factory import HEAD, RUBRIC, RUNS, SOLUTIONS

from graders import writeup
from graders.evidence import Measurement
from graders.executed import MAX_PICTURES, MAX_TEXT_CHARS, ExecutedRefusedError, read_executed
from graders.hidden_text import INVISIBLE
from graders.notebook import NotebookRefusedError, rebuild
from runner.report.highlight import MAX_SHOWN_CHARS, MAX_SHOWN_LINES, highlight_python
from runner.report.markdown import safe_markdown
from runner.report.png import PictureError, read_png
from runner.text import (
    MAX_LINE,
    MAX_OUTPUT_CHARS,
    clean_cell,
    clean_line,
    clean_text,
    has_hidden_text,
    shorten,
    show_hidden,
)
from tasks.errors import TaskFormatError
from tasks.manifest import Manifest, clean_path
from tasks.model import Claim, Prompt
from tasks.rubric import Rubric, Solutions
from tasks.toml_file import read_toml

if TYPE_CHECKING:
    from pydantic import BaseModel

# --- notebooks -----------------------------------------------------------------------------------


def check_notebook(data: bytes) -> None:
    """A rebuilt notebook has the sources of the cells, and nothing else of what came in."""
    try:
        rebuilt = rebuild(data)
    except NotebookRefusedError as error:
        assert str(error)
        return
    cells = [
        (cell["cell_type"], "".join(cell["source"])) for cell in json.loads(data.decode())["cells"]
    ]
    assert rebuilt.code == tuple(
        (index, source) for index, (kind, source) in enumerate(cells) if kind == "code"
    )
    assert rebuilt.markdown == tuple(source for kind, source in cells if kind == "markdown")
    fresh = nbformat.reads(rebuilt.content.decode(), as_version=4)
    nbformat.validate(fresh)
    assert [(cell.cell_type, cell.source) for cell in fresh.cells] == cells
    assert fresh.metadata == {}
    for cell in fresh.cells:
        assert cell.metadata == {}
        assert not cell.get("outputs")
        assert "attachments" not in cell
    assert len(rebuilt.content) <= 6 * len(data) + 200 * len(cells) + 200
    again = rebuild(rebuilt.content)
    assert (again.content, again.dropped) == (rebuilt.content, ())


def notebook_of(*cells: object, **more: object) -> bytes:
    """Return a notebook of format 4."""
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **more}
    return json.dumps(whole).encode()


def seeds_notebook() -> list[bytes]:
    output = {"output_type": "stream", "name": "stdout", "text": "all passed"}
    code = {"cell_type": "code", "source": ["x = 1\n", "x"], "outputs": [output], "metadata": {}}
    text = {"cell_type": "markdown", "source": "# P1", "attachments": {"a.png": {}}}
    return [
        notebook_of(code, text, metadata={"kernelspec": {"name": "evil"}}),
        notebook_of({**code, "metadata": {"tags": ["raises-exception"]}}, {**text, "source": 5}),
        notebook_of({**code, "cell_type": ["code"]}, None),
        notebook_of({"cell_type": "raw", "source": "\u202e\U0001f600"}, nbformat=4.0),
        notebook_of(nbformat=3),
    ]


CODE: Final = ((0, "x = 1"), (2, "x"), (3, ""))


def check_executed(data: bytes) -> None:
    """What an executor claims is of these cells, in their order, each once."""
    try:
        executed = read_executed(data, CODE)
    except ExecutedRefusedError as error:
        assert str(error)
        return
    assert [(cell.index, cell.source) for cell in executed.cells] == list(
        CODE[: len(executed.cells)]
    )
    for cell in executed.cells:
        assert len(cell.text) <= MAX_TEXT_CHARS
        assert len(cell.png) <= MAX_PICTURES
        assert cell.seconds >= 0
        assert json.loads(cell.model_dump_json())["seconds"] == cell.seconds
    assert sum(len(cell.model_dump_json()) for cell in executed.cells) <= 2 * len(data) + 500


def seeds_executed() -> list[bytes]:
    cells = [
        {"index": index, "text": "1\n", "png": ["aGk="], "error": None, "seconds": 0.5}
        for index, _ in CODE
    ]
    variants: list[object] = [
        {"cells": cells, "stopped": ""},
        {"cells": cells[:1], "stopped": "kernel_died"},
        {"cells": [cells[0]] * 2, "stopped": ""},
        {"cells": ["x"], "stopped": ""},
        {"cells": [{**cells[0], "png": ["a"]}], "stopped": ""},
        {"cells": [{**cells[0], "seconds": "nan"}], "stopped": []},
        {"cells": [{**cells[0], "error": 5, "index": True}], "stopped": ""},
    ]
    return [json.dumps(one).encode() for one in variants]


# --- write-ups -----------------------------------------------------------------------------------

PROMPTS: Final = tuple(
    Prompt(id=name, title="Title", text="Why?", criterion="c", max_words=50)
    for name in ("P1", "P2")
)
CLAIM: Final = Claim(id="rows", text="How many?", unit="rows", measurement="rows", tolerance=1.0)
MEASURED: Final = Measurement(name="rows", value=5.0, unit="rows", check="c")


def check_writeup(data: bytes) -> None:
    """Every write-up can be read; what is found in it is in it, and numbers are finite."""
    text = data.decode("utf-8", "replace")
    parsed = writeup.parse(text)
    assert all(abs(value) <= 1e300 for value in parsed.claims.values())
    body = "".join(section.heading + section.text for section in parsed.sections)
    assert len(body) <= len(text)
    matched = writeup.match(parsed, PROMPTS, source="WRITEUP.md")
    for answer in matched.answers:
        assert answer.words == len(answer.answer.split())
    json.loads(matched.model_dump_json())
    for result in writeup.compare([CLAIM], parsed.claims, [MEASURED]):
        json.loads(result.model_dump_json())
    if "\r" not in text and len(text) < writeup.MAX_BYTES // 2:
        assert writeup.parse(text.replace("\n", "\r\n")) == parsed
    check_cells(text.split("\f"))


def check_cells(cells: list[str]) -> None:
    """Cells joined say what they say one by one."""
    joined = writeup.parse(writeup.from_cells(cells))
    assert writeup.parse(writeup.from_cells([one.replace("\n", "\r\n") for one in cells])) == (
        joined
    ) or any("\r" in one for one in cells)
    for name, value in joined.claims.items():
        assert re.search(rf"\b{name}\s*:", "\n".join(cells))
        assert math.isfinite(value)


def seeds_writeup() -> list[bytes]:
    return [
        b"---\nclaims:\n  rows: 5\n  auc: .81e0\n---\n# Mine\n## P1 What\n3.\n### More\n\n## P2\n",
        b"---\r\nclaims:\r\n  rows: 5\r\n---\r\n## P1\r\nx\r\n",
        b"## P1\n```\n## P2\n~~~\n```\n## P2 ##  \nend",
        b"---\nclaims:\n  rows: 1e999\n  rows: \xd9\xa3\n  ? x\n\trows: 1\n  rows: 2\n---\n",
        b"# Intro\f---\nclaims:\n  rows: 5\n---\n## P1\nfirst\f## P2\nsecond",
        b"## P1\f---\nafter a rule\n---\nstill P1",
        b"\xef\xbb\xbf---\n---\n#" + b" " * 40 + b"x",
        b"## AI use\nNone.\n## P1\n" + b"word " * 60,
    ]


# --- pages ---------------------------------------------------------------------------------------

TAGS: Final = {
    "p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "hr", "a",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


class Seen(HTMLParser):
    """Asserts that there is nothing in a page but what a report may hold."""

    tags = TAGS

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.tags
        allowed = {"a": {"href", "rel"}, "ol": {"start"}, "th": {"scope"}}.get(tag, set())
        values = dict(attrs)
        assert values.keys() <= allowed
        if "href" in values:
            assert re.match(r"(https?|mailto):", values["href"] or "", re.IGNORECASE)

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError("a declaration")

    def handle_pi(self, data: str) -> None:
        raise AssertionError("a processing instruction")


def check_markdown(data: bytes) -> None:
    """Markdown becomes tags that only show, and no character hides."""
    for has_headings in (False, True):
        page = str(safe_markdown(text_of(data), has_headings=has_headings))
        page.encode()
        assert not has_hidden_text(page)
        seen = Seen(convert_charrefs=True)
        seen.tags = TAGS | {"h3", "h4"} if has_headings else TAGS
        seen.feed(page)
        seen.close()


def text_of(data: bytes) -> str:
    """Return bytes as text that may hold halves of surrogate pairs."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def seeds_markdown() -> list[bytes]:
    return [
        b"# Passed\n\na *b* **c** `d<e` ~~f~~\n\n1. x\n2. y\n\n> q\n",
        b"[a](https://x.org/p 'q') <https://x.org> [b](mailto:a@x.org) ![i](https://x.org/a.png)",
        b"[a](javascript:alert(1)) [a](data:text/html,x) [a](//x.org) [a](http://[)",
        b"<script>x</script><!-- c --><?php ?><!DOCTYPE x>",
        b"|a|b|\n|-|:-:|\n|1|\n",
        b"&#x202E; &lt;b&gt; \\<b> \xed\xa0\x80 \xe2\x80\xae",
        b"[r]: https://x.org\n[r] [r][]\n\n```html\n<b>\n```\n",
    ]


def check_text(data: bytes) -> None:
    """Cleaned text hides nothing, and cleaning it again changes nothing."""
    text = text_of(data)
    cleaned = clean_text(text)
    assert not has_hidden_text(cleaned)
    cleaned.encode()
    if max(map(len, cleaned.split("\n"))) <= MAX_LINE:
        assert clean_text(cleaned) == cleaned
    assert len(clean_text(text, max_chars=50)) <= 50 * 12 + 40
    cell = clean_cell(text)
    assert cell.splitlines() in ([], [cell])
    assert "\t" not in cell
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))
    assert not re.search(r";[\s\"]*[=+@-]", cell)
    assert INVISIBLE.search(clean_line(text)) is None
    shown = show_hidden(text)
    assert not has_hidden_text(shown)
    assert show_hidden(shown) == shown
    assert len(shorten(text)) <= MAX_OUTPUT_CHARS + 100
    check_highlight(text)


def check_highlight(text: str) -> None:
    """Coloured source reads as the cleaned one."""
    shown = shorten(text, max_chars=MAX_SHOWN_CHARS, max_lines=MAX_SHOWN_LINES)
    page = str(highlight_python(text))
    plain = html.unescape(re.sub(r"</?span[^>]*>", "", page))
    assert plain.removesuffix("\n") == clean_text(shown).removesuffix("\n")


def seeds_text() -> list[bytes]:
    texts = (
        "=1+1",
        " \u3000@x",
        "\uff1dx",
        "a\u202eb\u200b",
        "\ud800",
        "\r\n\r\t",
        "\u0628" + "\u064e" * 9 + "\u200c\u0628",
        "\u2764\ufe0f\u200d\U0001f525 1\ufe0f\u20e3 \u0915\u094d\u200d\u0937",
        'a;=1+1; "@x',
        "\u2800",
        "x" * 2100,
    )
    source = 'def f(x: int) -> str:\n    return f\'{x!r:>{9}}\' + """<b>&amp;"""\n'
    return [one.encode("utf-8", "surrogatepass") for one in (*texts, source)]


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return a chunk of a PNG with its checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of(*more: tuple[bytes, bytes], width: int = 2, height: int = 1) -> bytes:
    """Return a small PNG with further chunks in the middle."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), *more, (b"IDAT", zlib.compress(b"\0ab")), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in chunks)


def check_png(data: bytes) -> None:
    """A picture is rebuilt of the chunks that make it, and is then all there is."""
    for text in (base64.b64encode(data).decode(), data.decode("latin-1")):
        try:
            picture = read_png(text)
        except PictureError as error:
            assert str(error)
            continue
        prefix, encoded = picture.address.split(",")
        assert prefix == "data:image/png;base64"
        assert re.fullmatch(r"[A-Za-z0-9+/=]+", encoded)
        assert read_png(encoded) == picture
        kinds = kinds_of(base64.b64decode(encoded))
        assert set(kinds) <= {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
        assert (kinds[0], kinds[-1], kinds.count(b"IEND")) == (b"IHDR", b"IEND", 1)


def kinds_of(content: bytes) -> list[bytes]:
    """Return the kinds of the chunks of a PNG without a flaw."""
    file = io.BytesIO(content[8:])
    kinds = []
    while head := file.read(8):
        length, kind = struct.unpack(">I4s", head)
        body = file.read(length)
        assert file.read(4) == struct.pack(">I", zlib.crc32(kind + body))
        kinds.append(kind)
    return kinds


def seeds_png() -> list[bytes]:
    good = png_of((b"tEXt", b"Comment\0<script>"), (b"PLTE", b"abc"))
    return [
        good,
        good + b"<script>",
        png_of(width=4001),
        png_of((b"IHDR", bytes(13)), (b"acTL", bytes(8))),
        good.replace(b"IDAT", b"IDOT"),
        base64.b64encode(good),
    ]


# --- TOML of authors -----------------------------------------------------------------------------

TOML: Final = Path(tempfile.mkdtemp(prefix="fuzz-")) / "x.toml"


def read_as(data: bytes, model: type[BaseModel]) -> BaseModel | None:
    """Return what a file is read as, or None if it is refused in one sentence."""
    TOML.write_bytes(data)
    try:
        read = read_toml(TOML, "x.toml", model)
    except TaskFormatError as error:
        assert str(error).startswith("x.toml: ")
        return None
    assert model.model_validate(read.model_dump(by_alias=True)) == read
    return read


def check_manifest(data: bytes) -> None:
    """A task's manifest is read as its model, or refused with file and key."""
    manifest = read_as(data, Manifest)
    if isinstance(manifest, Manifest):
        for deliverable in manifest.deliverables:
            assert clean_path(deliverable.path) == deliverable.path
        assert 1 <= manifest.limits.wall_time_s <= 3600
        assert manifest.limits.memory_bytes > 0


def check_rubric(data: bytes) -> None:
    """The same for a rubric and the list of solutions."""
    read_as(data, Rubric)
    read_as(data, Solutions)


def seeds_manifest() -> list[bytes]:
    head = HEAD.replace("{id}", "sum-column")
    whole = [(head.replace("{kind}", kind) + runs) for kind, runs in RUNS.items()]
    changes = (
        ("30", "nan"), ("30", "0x" + "f" * 5000), ('"512 MiB"', "0x" + "f" * 5000),
        ("60", "1" * 5000), ("60", "[" * 2000), ("image", "imgae"), ("out/", "../"),
    )  # fmt: skip
    return [one.encode() for one in (*whole, *(whole[0].replace(*pair) for pair in changes))]


def seeds_rubric() -> list[bytes]:
    return [
        RUBRIC.encode(),
        SOLUTIONS.encode(),
        RUBRIC.replace("weight = 3", "weight = inf").encode(),
    ]
