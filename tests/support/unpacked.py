"""Folders as candidates have them: a packet, unpacked, with what they did in it."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

from runner.packet import build_packet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tasks.model import Task

PUBLIC = {"amounts.csv": b"amount\n12\n30\n"}
WRITEUP = """\
---
claims:
  rows_read: 2
---
# Write-up

## P1 What was wrong

Nothing was.

## P2 Trade-off

None was forced on me.

## AI use

None.
"""
TOTAL = """\
import csv, json, pathlib, sys

data, out = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[4])
with (data / "amounts.csv").open() as file:
    total = sum(int(row["amount"]) for row in csv.DictReader(file))
(out / "total.json").write_text(json.dumps({"total": total}))
"""
SHAPE = """\
import json
import os
import pathlib


def test_shape():
    out = pathlib.Path(os.environ.get("OUT_DIR", "out"))
    assert "total" in json.loads((out / "total.json").read_text())
"""
DONE = {"total.py": TOTAL, "WRITEUP.md": WRITEUP, "public_tests/test_shape.py": SHAPE}
"""What makes the small task of ``task_factory`` complete."""


def unpack(
    task: Task,
    folder: Path,
    *,
    public_files: Mapping[str, bytes] = PUBLIC,
    facts: Mapping[str, object] | None = None,
    files: Mapping[str, str | bytes | None] | None = None,
    upstream_files: Mapping[str, bytes] | None = None,
) -> Path:
    """Unpack a packet of ``task`` below ``folder``, put ``files`` there, and return where it is.

    None removes a file.
    """
    packet = build_packet(
        task,
        candidate="LYNX-42",
        public_files=public_files,
        facts=facts or {"rows": 2},
        upstream_files=upstream_files,
    )
    with zipfile.ZipFile(io.BytesIO(packet)) as archive:
        archive.extractall(folder)
    root = folder / f"{task.id}-LYNX-42"
    for name, content in (files or {}).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def found(report: Any, part: str) -> list[tuple[str, str]]:
    """Return mark and text of the findings of one part."""
    return [(one.mark.value, one.text) for one in report.findings if one.part == part]
