"""The scripts that run inside containers, read as files: the host never imports them."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

PYTHON: Final = "/opt/venv/bin/python"


_MODULES: Final = ("wire", "processes", "calls", "agent")
_STUB_MODULES: Final = ("stub_server.py", "worksample_stub.py")
# Runs in the container, on our own sources only: nothing has to be in the image or in a mount.
_BOOT: Final = """
import sys, types
for name, source in {sources}:
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(source, name + ".py", "exec"), module.__dict__)
sys.modules["agent"].main()
"""


def agent_command() -> tuple[str, ...]:
    """Return the main process of a container: the agent, its sources handed over as an argument."""
    sources = [(name, guest_source(f"{name}.py").decode()) for name in _MODULES]
    return (PYTHON, "-I", "-c", _BOOT.format(sources=repr(sources)))


def guest_source(name: str) -> bytes:
    """Return a script of ``sandbox/guest``."""
    return files("sandbox.guest").joinpath(name).read_bytes()


def grader_sources() -> dict[str, bytes]:
    """Return everything that the grade container runs of ours, by file name."""
    folder = files("graders") / "inside"
    sources = {
        entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.name.endswith(".py")
    }
    agent = {f"{name}.py": guest_source(f"{name}.py") for name in _MODULES}
    return sources | agent | _shared_sources()


def caller_sources() -> dict[str, bytes]:
    """Return what stands beside the candidate's code when its functions are called, by name."""
    values = files("graders").joinpath("inside", "values.py").read_bytes()
    return {"caller.py": guest_source("caller.py"), "values.py": values} | _shared_sources()


def readiness_sources() -> dict[str, bytes]:
    """Return what asks a service from inside its own container whether it is ready, by name."""
    exchange = files("graders").joinpath("inside", "http_exchange.py").read_bytes()
    return {"ready.py": guest_source("ready.py"), "http_exchange.py": exchange}


def stub_sources() -> dict[str, bytes]:
    """Return what runs in the container of a task's upstream, by file name."""
    sources = {name: _stub_source(name) for name in ("stub_main.py", *_STUB_MODULES)}
    return sources | _shared_sources()


def stub_sources_to_hand_out() -> dict[str, bytes]:
    """Return what a candidate needs to run a task's upstream, by file name."""
    shared = _shared_sources()
    sources = {name: _stub_source(name) for name in ("serve.py", *_STUB_MODULES)}
    return {**sources, "strict_json.py": shared["strict_json.py"]}


def _stub_source(name: str) -> bytes:
    return files("graders").joinpath("stub", name).read_bytes()


def _shared_sources() -> dict[str, bytes]:
    strict_json = files("sandbox").joinpath("strict_json.py").read_bytes()
    return {"wire.py": guest_source("wire.py"), "strict_json.py": strict_json}
