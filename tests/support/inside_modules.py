"""Modules that run inside a container, loaded by the plain names that they have there."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any, Final

_ROOT: Final = Path(__file__).resolve().parents[2]


def load(folder: str, name: str) -> Any:
    """Import a module of a folder that is on the path, last, for no longer than that."""
    paths = [str(_ROOT / folder), str(_ROOT / "sandbox"), str(_ROOT / "sandbox/guest")]
    sys.path += paths
    try:
        return importlib.import_module(name)
    finally:
        sys.path[:] = [path for path in sys.path if path not in paths]
