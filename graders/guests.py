"""The scripts that run inside containers, read as files: the host never imports them."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

PYTHON: Final = "/opt/venv/bin/python"


def agent_command() -> tuple[str, ...]:
    """Return the main process of a container: the agent, handed over as an argument."""
    return (PYTHON, "-I", "-c", guest_source("agent.py").decode())


def guest_source(name: str) -> bytes:
    """Return a script of ``sandbox/guest``."""
    return files("sandbox.guest").joinpath(name).read_bytes()


def inside_sources() -> dict[str, bytes]:
    """Return everything that the grade container runs of ours, by file name."""
    folder = files("graders") / "inside"
    sources = {
        entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.name.endswith(".py")
    }
    sources["agent.py"] = guest_source("agent.py")
    sources["strict_json.py"] = files("sandbox").joinpath("strict_json.py").read_bytes()
    return sources
