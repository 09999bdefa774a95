"""The files are there."""

import os
from pathlib import Path


def test_files() -> None:
    out = Path(os.environ.get("OUT_DIR", "out"))
    assert (out / "answers.json").is_file()
    assert (out / "daily.csv").is_file()
