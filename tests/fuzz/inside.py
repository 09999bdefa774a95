"""Code that runs inside a container, loaded by the plain names that it has there."""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

_ROOT = Path(__file__).resolve().parents[2]


def _load(folder: str, *names: str) -> list[Any]:
    """Import modules from a folder that is on the path, last, for no longer than that."""
    paths = [str(_ROOT / folder), str(_ROOT / "sandbox")]
    sys.path += paths
    try:
        modules: list[ModuleType] = [importlib.import_module(name) for name in names]
    finally:
        sys.path[:] = [path for path in sys.path if path not in paths]
    return modules


wire, unpack, git_tree, calls = _load("sandbox/guest", "wire", "unpack", "git_tree", "calls")
worksample_checks, readers, plugin = _load(
    "graders/inside", "worksample_checks", "readers", "plugin"
)
values, live_candidate, http_exchange = _load(
    "graders/inside", "values", "live_candidate", "http_exchange"
)
stub_server, worksample_stub = _load("graders/stub", "stub_server", "worksample_stub")
wire.ROOT = tempfile.gettempdir()
