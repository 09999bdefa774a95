"""What an author's files import is found without running them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.imports import imported_modules
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_imports_of_hidden_tests_and_generator(make_task: Callable[..., Path]) -> None:
    path = make_task()
    hidden = path / "hidden_tests"
    (hidden / "helper.py").write_text(
        "import numpy as np, sklearn.metrics\nraise SystemExit\ndef late():\n    import torch\n"
    )
    (hidden / "parts").mkdir()
    (hidden / "parts" / "more.py").write_text("from scipy.stats import norm\nfrom . import x\n")
    test = next(hidden.glob("test_*.py"))
    test.write_text("import helper\nfrom parts.more import norm\n" + test.read_text())
    found = imported_modules(load_task(path))
    assert {"numpy", "sklearn.metrics", "scipy.stats", "pytest"} <= set(found)
    assert not {"helper", "parts.more", "torch", ""} & set(found)
    assert list(found) == sorted(found)
