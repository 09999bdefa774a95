"""Notebooks are rebuilt from sources; what was stored decides nothing."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest

from graders.notebook import MAX_CELLS, NotebookRefusedError, rebuild


def notebook(*cells: dict[str, Any], **more: Any) -> bytes:
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **more}
    return json.dumps(whole).encode()


def code(source: Any, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [],
            "execution_count": None, **more}  # fmt: skip


def test_sources_stay_and_everything_else_goes() -> None:
    raw = notebook(
        code("1 + 1", outputs=[{"output_type": "stream", "name": "stdout", "text": "all passed"}],
             metadata={"tags": ["raises-exception"]}),
        {"cell_type": "markdown", "source": ["# Title\n", "text"], "metadata": {},
         "attachments": {"x.png": {}}},
        metadata={"kernelspec": {"name": "evil", "display_name": "evil"}},
    )  # fmt: skip
    rebuilt = rebuild(raw)
    fresh = nbformat.reads(rebuilt.content.decode(), as_version=4)
    nbformat.validate(fresh)
    assert [cell.source for cell in fresh.cells] == ["1 + 1", "# Title\ntext"]
    assert fresh.metadata == {}
    assert [dict(cell.metadata) for cell in fresh.cells] == [{}, {}]
    assert b"all passed" not in rebuilt.content
    assert rebuilt.code == ((0, "1 + 1"),)
    assert rebuilt.markdown == ("# Title\ntext",)
    words = " ".join(rebuilt.dropped)
    assert all(word in words for word in ("outputs", "tags", "attachments", "kernelspec"))


def test_a_plain_notebook_loses_nothing() -> None:
    assert rebuild(notebook(code("x = 1"))).dropped == ()


def test_rebuilding_is_deterministic() -> None:
    raw = notebook(code("x = 1"), code("y = 2"))
    assert rebuild(raw).content == rebuild(raw).content


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"not json", "save it again"),
        (b'{"nbformat": 4, "cells": [', "save it again"),
        (b"[]", "save it again"),
        (notebook(nbformat=3), "format 4"),
        (json.dumps({"nbformat": 4}).encode(), "no list of cells"),
        (notebook({"cell_type": "code", "source": 5}), "cell 0 has no text"),
        (notebook({"cell_type": "evil", "source": ""}), "no known type"),
        (json.dumps({"nbformat": 4, "cells": ["x"]}).encode(), "cell 0 is not a cell"),
        (notebook(*[code("")] * (MAX_CELLS + 1)), "at most"),
        (b'{"nbformat": 4, "cells": ' + b"[" * 100_000, "deeper"),
        (b'{"nbformat": 4, "nbformat": 4, "cells": []}', "twice"),
    ],
)
def test_refused_with_what_to_fix(raw: bytes, words: str) -> None:
    with pytest.raises(NotebookRefusedError, match=words):
        rebuild(raw)
