"""Grade containers that stay: nothing of one job reaches the next, on real containers."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from graders.grade_containers import GradeContainers, Job, words_of
from sandbox.docker_engine import DockerSandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.base import Container

pytestmark = pytest.mark.docker

SECRET = "tungsten-" + "heron-" + "7781"
"""Stands in the first job alone; the second one spells it from parts."""

LEAVES = """
    import json, os, pathlib, subprocess, sys, threading, time
    import pandas as pd
    import pytest

    @pytest.mark.check("leaves", criterion="c", points=1)
    def test_leaves(deliverables, monkeypatch):
        "Leaves whatever it can."
        text = deliverables.text(None, "secret.txt")
        for place in ("/work", "/work/hidden", "/tmp", "/dev/shm"):
            pathlib.Path(place, "left").write_text(text)
        pathlib.Path("/work/deep/er").mkdir(parents=True)
        pathlib.Path("/work/link").symlink_to("/etc/passwd")
        pathlib.Path("/work/grader").mkdir(exist_ok=True)
        pathlib.Path("/work/grader/plugin.py").write_text("raise SystemExit")
        os.environ["LEFT"] = text
        os.chdir("/tmp")
        json.loads = lambda *_: None
        pd.DataFrame = None
        sys.modules["left"] = sys
        subprocess.Popen(["sleep", "600"], start_new_session=True, env={"LEFT": text})
        threading.Thread(target=time.sleep, args=(600,)).start()
        print(text)
        print(text, file=sys.stderr)
"""

LOOKS = """
    import contextlib, ctypes, json, os, pathlib, sys
    import pandas as pd
    import pytest

    def regions():
        for line in pathlib.Path("/proc/self/maps").read_text().splitlines():
            span, rights, _, _, inode, *name = line.split()
            if "r" in rights and name not in (["[vvar]"], ["[vsyscall]"]):
                yield [int(part, 16) for part in span.split("-")]

    def count(*parts):
        "Count a text in all memory of this process; it is spelled here, and so found, too."
        ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # else nobody may read its memory, itself included
        words, found = "-".join(parts).encode(), 0
        with open("/proc/self/mem", "rb", 0) as memory:
            for start, end in regions():
                memory.seek(start)
                with contextlib.suppress(OSError):
                    found += memory.read(end - start).count(words)
        return found

    @pytest.mark.check("memory", criterion="c", points=1)
    def test_memory(deliverables):
        "Finds its own bytes in its memory, and of the other's no more than of what never was."
        own = deliverables.bytes(None, "secret.txt")
        nowhere = count("tungsten", "heron", "7782")
        assert count("nickel", "otter", "4242") > nowhere, own
        assert count("tungsten", "heron", "7781") <= nowhere

    @pytest.mark.check("process-one", criterion="c", points=1)
    def test_process_one():
        "Cannot look into the process that stays."
        with pytest.raises(PermissionError):
            open("/proc/1/mem", "rb")
        with pytest.raises(PermissionError):
            os.listdir("/proc/1/fd")

    @pytest.mark.check("files", criterion="c", points=1)
    def test_files():
        "No file is there but its own."
        for place in ("/tmp", "/dev/shm"):
            assert [name for name in os.listdir(place) if "pytest" not in name] == []
        assert sorted(os.listdir("/work")) == ["blobs", "hidden", "job.json", "public", "truth"]
        assert sorted(os.listdir("/work/hidden")) == ["test_hidden.py"]

    @pytest.mark.check("processes", criterion="c", points=1)
    def test_processes():
        "No process is there but process one and itself."
        running = {int(name) for name in os.listdir("/proc") if name.isdigit()}
        assert running == {1, os.getpid()}
        assert len(os.listdir("/proc/self/task")) == 1

    @pytest.mark.check("modules", criterion="c", points=1)
    def test_modules():
        "Modules, environment and folder are as at the start."
        assert json.loads("[1]") == [1]
        assert pd.DataFrame({"a": [1]}).shape == (1, 1)
        assert "left" not in sys.modules and "LEFT" not in os.environ
        assert os.getcwd() == "/work"
"""

DRAWS = """
    import random
    import numpy as np
    import pytest

    @pytest.mark.check("draws", criterion="c", points=1)
    def test_draws(measure):
        "Draws."
        measure("python", random.random(), "1")
        measure("numpy", np.random.rand(), "1")
"""

ENDS = """
    import os
    import pytest

    @pytest.mark.check("ends", criterion="c", points=1)
    def test_ends():
        "Ends its process."
        os._exit(7)
"""

SHARES = """
    import ctypes
    import pytest

    @pytest.mark.check("shares", criterion="c", points=1)
    def test_shares():
        "Leaves memory that is shared by name, where that is allowed at all."
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.shmget(4711, 4096, 0o1600) >= 0
"""


@pytest.fixture
def sandbox(docker_sandbox: DockerSandbox) -> Iterator[DockerSandbox]:
    own = DockerSandbox()
    yield own
    own.close()


@pytest.fixture
def judge(sandbox: DockerSandbox, grade_image: str) -> Callable[..., Any]:
    """Return a function that runs hidden tests; gives the container's id and the verdict."""

    def run(graders: GradeContainers, hidden: str, *checks: str, text: str = "") -> Any:
        job = Job(
            image=grade_image,
            work="judge",
            facts={
                "nonce": "0" * 32,
                "expected": dict.fromkeys(checks, "test_hidden.py"),
                "runs": [],
                "not_started": {},
                "handed_in": {"secret.txt": ["ok", len(text), "x", "x"]},
                "upstream": {},
                "claims": {},
                "answers": {},
                "service": None,
            },
            files=[
                ("hidden/test_hidden.py", textwrap.dedent(hidden).encode()),
                ("blobs/x", text.encode()),
                *((f"blobs/{size}", text[:size].encode()) for size in range(20, len(text), 50)),
            ],
            folders=("public", "truth"),
            modules=("numpy", "pandas", "json"),
        )
        with graders.at_work(job) as container:
            return container.id, _verdict(container)

    return run


def _verdict(container: Container) -> Any:
    frame = container.receive(timeout_s=60.0)
    if frame.header["t"] == "ended":
        raise RuntimeError(words_of(frame))
    assert frame.header["t"] == "verdict"
    return json.loads(frame.body)


def _outcomes(verdict: Any) -> dict[str, str]:
    return {row["id"]: f"{row['outcome']} {row['detail']}".strip() for row in verdict["checks"]}


LOOKED = ("memory", "process-one", "files", "processes", "modules")


def test_nothing_of_one_job_is_found_by_the_next(
    sandbox: DockerSandbox, judge: Callable[..., Any]
) -> None:
    graders = GradeContainers(sandbox)
    first, left = judge(graders, LEAVES, "leaves", text=f"{SECRET} " * 200)
    assert _outcomes(left) == {"leaves": "passed"}
    second, looked = judge(graders, LOOKS, *LOOKED, text="nickel-otter-4242 " * 2)
    assert second == first
    assert _outcomes(looked) == dict.fromkeys(LOOKED, "passed")


def test_every_job_draws_its_own_numbers(sandbox: DockerSandbox, judge: Callable[..., Any]) -> None:
    graders = GradeContainers(sandbox)
    verdicts = [judge(graders, DRAWS, "draws")[1] for _ in range(3)]
    for position in range(2):
        values = {verdict["measurements"][position]["value"] for verdict in verdicts}
        assert len(values) == 3


def test_after_a_crash_the_next_job_gets_another_container(
    sandbox: DockerSandbox, judge: Callable[..., Any]
) -> None:
    graders = GradeContainers(sandbox)
    honest, _ = judge(graders, LEAVES, "leaves", text=SECRET)
    with pytest.raises(RuntimeError, match="'code': 7") as crash:
        judge(graders, ENDS, "ends")
    assert SECRET not in str(crash.value)
    assert graders.idle == ()
    other, verdict = judge(graders, DRAWS, "draws")
    assert other != honest
    assert _outcomes(verdict) == {"draws": "passed"}


def test_what_cannot_be_tidied_is_not_used_again(
    sandbox: DockerSandbox, judge: Callable[..., Any]
) -> None:
    graders = GradeContainers(sandbox)
    first, verdict = judge(graders, SHARES, "shares")
    second, _ = judge(graders, DRAWS, "draws")
    shared = _outcomes(verdict) == {"shares": "passed"}
    assert (second != first) == shared


def test_a_container_that_is_gone_is_replaced(
    sandbox: DockerSandbox, judge: Callable[..., Any]
) -> None:
    graders = GradeContainers(sandbox)
    first, _ = judge(graders, DRAWS, "draws")
    sandbox.api.remove_container(first, force=True)
    second, verdict = judge(graders, DRAWS, "draws")
    assert second != first
    assert _outcomes(verdict) == {"draws": "passed"}


def test_fresh_means_one_job_for_each(sandbox: DockerSandbox, judge: Callable[..., Any]) -> None:
    graders = GradeContainers(sandbox, most_uses=1)
    used = {judge(graders, DRAWS, "draws")[0] for _ in range(2)}
    assert len(used) == 2
    assert graders.idle == ()
