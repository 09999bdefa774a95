"""The agent by itself, on this machine's Python: its answers, request by request."""

from __future__ import annotations

import ast
import os
import sys
import time
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from graders.guests import agent_command
from sandbox import frames
from sandbox.fake import FakeSandbox
from sandbox.model import ContainerSpec, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.fake import FakeContainer
    from sandbox.frames import Frame

ALLOWED = {
    "notebook.py": {"nbformat", "nbclient", "jupyter_client"},
    "caller.py": {"values"},
    "ready.py": {"http_exchange"},
}
GUEST = sorted(
    Path(str(entry)) for entry in files("sandbox.guest").iterdir() if entry.name.endswith(".py")
)


@pytest.fixture
def agent() -> Iterator[FakeContainer]:
    sandbox = FakeSandbox()
    spec = ContainerSpec(role=Role.CANDIDATE, image="fake", command=agent_command())
    with sandbox.start(spec) as container:
        container.send({"op": "make_dirs", "paths": ["submission"]})
        yield container
    sandbox.close()


def run(
    agent: FakeContainer, code: str, *, output_bytes: int = 10_000, body: bytes = b""
) -> dict[str, Any]:
    argv = [sys.executable, "-c", code]
    agent.send({"op": "run", "argv": argv, "cwd": "submission", "output_bytes": output_bytes}, body)
    output = {1: b"", 2: b""}
    while (frame := agent.receive(timeout_s=20)).header["t"] == "out":
        output[int(str(frame.header["fd"]))] += frame.body
    return {**frame.header, "out": output[1], "err": output[2]}


def collect(agent: FakeContainer, *paths: str, max_bytes: int = 1000) -> list[Frame]:
    wanted = [{"path": f"submission/{path}", "max_bytes": max_bytes} for path in paths]
    agent.send({"op": "collect", "files": wanted})
    return [agent.receive(timeout_s=20) for _ in paths]


def test_a_command_runs_to_its_end(agent: FakeContainer) -> None:
    code = "import sys; print(sys.stdin.read().upper()); sys.stderr.write('e'); sys.exit(3)"
    done = run(agent, code, body=b"hello")
    assert (done["out"], done["err"], done["code"], done["signal"]) == (b"HELLO\n", b"e", 3, None)


def test_output_up_to_the_cap_is_no_limit_and_one_byte_more_is(agent: FakeContainer) -> None:
    exact = run(agent, "print('x' * 99)", output_bytes=100)
    assert (exact["output_limit"], len(exact["out"]), exact["code"]) == (False, 100, 0)
    beyond = run(
        agent, "print('x' * 100, flush=True); import time; time.sleep(60)", output_bytes=100
    )
    assert (beyond["output_limit"], len(beyond["out"]), beyond["signal"]) == (True, 100, 9)


def test_binary_output_comes_as_it_is(agent: FakeContainer) -> None:
    done = run(agent, "import os; os.write(1, bytes(range(256)))")
    assert done["out"] == bytes(range(256))


def test_an_unknown_command_is_code_127(agent: FakeContainer) -> None:
    agent.send({"op": "run", "argv": ["/no/such"], "cwd": "submission", "output_bytes": 100})
    assert agent.receive(timeout_s=20).header["fd"] == 2
    assert agent.receive(timeout_s=20).header["code"] == 127


def test_only_plain_files_are_collected(agent: FakeContainer) -> None:
    code = """
import os
open('plain', 'w').write('yes')
open('large', 'w').write('x' * 1001); open('edge', 'w').write('x' * 1000)
os.symlink('plain', 'link'); os.symlink('/etc', 'folder'); os.mkfifo('pipe'); os.mkdir('inner')
open('twin', 'w').write('1'); os.link('twin', 'other'); open('inner/deep', 'w').write('in')
"""
    assert run(agent, code)["code"] == 0
    names = ["plain", "edge", "large", "link", "folder/passwd", "pipe", "inner", "twin", "none",
             "inner/deep", "inner/../plain"]  # fmt: skip
    found = collect(agent, *names)
    assert [str(frame.header["state"]) for frame in found] == [
        "ok", "ok", "too_large", "not_regular", "not_regular", "not_regular", "not_regular",
        "not_regular", "missing", "ok", "ok",
    ]  # fmt: skip
    assert found[0].body == b"yes"
    assert found[2].body == b""


def test_put_replaces_and_does_not_follow(agent: FakeContainer) -> None:
    assert run(agent, "import os; os.symlink('/tmp/elsewhere', 'target')")["code"] == 0
    agent.send({"op": "put", "path": "submission/target", "mode": 0o600}, b"new")
    (frame,) = collect(agent, "target")
    assert (frame.header["state"], frame.body) == ("ok", b"new")
    assert not Path("/tmp/elsewhere").exists()


def test_clear_leaves_an_empty_folder_whatever_stood_there(agent: FakeContainer) -> None:
    code = """
import os
open('file', 'w').write('x'); os.mkdir('kept'); open('kept/file', 'w').write('x')
os.symlink('kept', 'link'); os.mkdir('full'); os.mkdir('full/inner'); open('full/inner/a', 'w')
"""
    assert run(agent, code)["code"] == 0
    for name in ("file", "link", "full", "new"):
        agent.send({"op": "clear", "path": f"submission/{name}"})
    look = "import os; print([len(os.listdir(n)) for n in ('file', 'link', 'full', 'new', 'kept')])"
    assert run(agent, look)["out"] == b"[0, 0, 0, 0, 1]\n"


def test_a_path_out_of_the_root_ends_the_agent(agent: FakeContainer) -> None:
    from sandbox.errors import GuestGoneError

    agent.send({"op": "put", "path": "../evil"}, b"x")
    with pytest.raises(GuestGoneError):
        agent.receive(timeout_s=20)


def test_a_service_lives_beside_commands_and_dies_when_told(agent: FakeContainer) -> None:
    code = "import time\nprint('up', flush=True)\ntime.sleep(60)"
    agent.send({"op": "spawn", "argv": [sys.executable, "-c", code], "cwd": "submission"})
    assert agent.receive(timeout_s=20).header["ok"] is True
    assert run(agent, "print(1)")["code"] == 0
    agent.send({"op": "status"})
    assert agent.receive(timeout_s=20).header["running"] is True
    agent.send({"op": "kill"})
    assert agent.receive(timeout_s=20).header == {"t": "killed"}
    agent.send({"op": "status"})
    assert agent.receive(timeout_s=20).header["running"] is False


def test_a_service_that_ends_says_how(agent: FakeContainer) -> None:
    code = "print('broken'); raise SystemExit(5)"
    agent.send({"op": "spawn", "argv": [sys.executable, "-c", code], "cwd": "submission"})
    agent.receive(timeout_s=20)

    def ask() -> Frame:
        agent.send({"op": "status"})
        return agent.receive(timeout_s=20)

    status, deadline = ask(), time.monotonic() + 20
    while (status.header["running"] or not status.body) and time.monotonic() < deadline:
        time.sleep(0.02)
        status = ask()
    assert status.header["code"] == 5
    assert status.body == b"broken\n"


@pytest.mark.parametrize("path", GUEST, ids=lambda path: path.name)
def test_guests_need_nothing_but_an_old_standard_library(path: Path) -> None:
    tree = ast.parse(path.read_text(), feature_version=(3, 8))
    names = {
        alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {
        (node.module or "").split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }
    ours = {one.stem for one in GUEST}
    assert names <= set(sys.stdlib_module_names) | ours | ALLOWED.get(path.name, set())


def test_the_agent_fits_into_an_argument() -> None:
    assert max(map(len, agent_command())) < 128 * 1024  # MAX_ARG_STRLEN


def test_both_halves_of_the_wire_agree() -> None:
    source = (Path(str(files("sandbox.guest"))) / "wire.py").read_text()
    assert f'struct.Struct("{frames.PREFIX.format}")' in source
    assert os.environ.get("WORKSAMPLE_ROOT") is None
