"""A run that speaks to an upstream: who sees what, who can do what, and whose fault what is."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from graders.evidence import Evidence, ExitKind, Outcome, State
from graders.recorded import Recorder
from runner.pipeline import GradeRequest, grade_submission
from sandbox.model import Limits, Role
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runner.workshop import Workshop
    from tasks.model import Task

pytestmark = pytest.mark.docker

UPSTREAM = '''
"""Serves numbers."""

import json
import os

from worksample_stub import Reply


def make_upstream(folder):
    """Serve the numbers, and what the stub can see."""
    numbers = json.loads((folder / "numbers.json").read_text())
    places = [str(path) for path in folder.parent.rglob("*") if path.is_file()]
    seen = {
        "networks": os.listdir("/sys/class/net"),
        "processes": sum(name.isdigit() for name in os.listdir("/proc")),
        "files": sorted(one for one in places if "/stub/" not in one),
        "uid": os.getuid(),
    }

    def answer(request):
        if request.path == "/broken":
            raise KeyError("a page that is not there")
        if request.path == "/memory":
            seen["hog"] = [bytearray(10**6) for _ in range(1000)]
        return Reply.of(numbers, note={"path": request.path, "seen": seen})

    return answer
'''

HIDDEN = '''
"""Hidden tests."""

import pytest


@pytest.mark.check("sum-fresh", criterion="correctness", points=2)
def test_fresh(deliverables, truth):
    """The sum of fresh numbers is right."""
    expected = truth.json("fresh", "sum.json")
    assert deliverables.json("fresh", "out/sum.json") == expected, "the fresh sum is wrong"


@pytest.mark.check("asked-once", criterion="correctness", points=1)
def test_asked_once(upstream, measure):
    """The numbers were asked for once in each run."""
    for run in ("public", "fresh"):
        seen = upstream(run)
        measure(f"requests_{run}", len(seen.log), "requests", at_most=1)
        measure(f"connections_{run}", seen.turned_away, "connections", varies=True)
        said = seen.log[0]["note"]["seen"] if seen.log else {}
        assert len(seen.log) == 1, f"{len(seen.log)} requests in {run}"
        assert said["networks"] == ["lo"], f"the stub sees {said}"
        assert said["processes"] == 1, f"the stub sees {said}"
        assert said["files"] == ["/work/scenario/numbers.json"], f"the stub sees {said}"
        assert seen.log[0]["whole"] and seen.log[0]["status"] == 200
        assert seen.log[0]["at"] < 5, "the clock begins with the run"
'''

VARIANT = '''
"""Numbers to add."""

import json


def generate(seed, scenario, public, truth):
    """Write numbers and their sum."""
    numbers = [seed % 1000, len(scenario)]
    (truth / "upstream").mkdir()
    (truth / "upstream" / "numbers.json").write_text(json.dumps(numbers))
    (truth / "sum.json").write_text(json.dumps(sum(numbers)))
    (public / "note.txt").write_text("nothing here")
    return {"count": len(numbers)}
'''

SOUND = """
import json, pathlib, sys, urllib.request
api, out = sys.argv[1], pathlib.Path(sys.argv[2])
numbers = json.load(urllib.request.urlopen(api + "/numbers", timeout=4))
(out / "sum.json").write_text(json.dumps(sum(numbers)))
"""


@pytest.fixture
def task(tiny_task: Callable[..., Task]) -> Callable[..., Task]:
    """Return a function that writes the tiny task with an upstream."""

    def make(upstream: str = UPSTREAM, *, continues: bool = False, **changes: str) -> Task:
        folder = tiny_task(hidden=HIDDEN, variant=VARIANT, **changes).path
        (folder / "upstream.py").write_text(upstream)
        text = (
            (folder / "task.toml").read_text().replace('"{data}", "{out}"', '"{upstream}", "{out}"')
        )
        if continues:
            text = text.replace('name = "fresh"\n', 'name = "fresh"\ncontinues = "public"\n')
        (folder / "task.toml").write_text(text + "\n[upstream]\nport = 9000\n")
        return load_task(folder)

    return make


def grade(workshop: Workshop, task: Task, source: str) -> Evidence:
    request = GradeRequest(task=task, source=source, candidate="LYNX-1")
    return grade_submission(workshop, request).evidence


@pytest.fixture
def left(workshop: Workshop, left: Callable[[], list[Any]]) -> Callable[[], list[Any]]:
    """Say what is left when the hidden tests' containers have been ended."""

    def find() -> list[Any]:
        workshop.graders.close()
        return left()

    return find


def details(evidence: Evidence) -> dict[str, str]:
    return {check.id: check.detail for check in evidence.checks}


def test_a_sound_run_is_served_and_observed(
    workshop: Workshop,
    task: Callable[..., Task],
    submit: Callable[..., str],
    left: Callable[[], list[Any]],
) -> None:
    evidence = grade(workshop, task(), submit({"add.py": SOUND}))
    assert (evidence.state, evidence.points) == (State.GRADED, 3), details(evidence)
    assert evidence.flags == ()
    assert left() == []


def test_runs_that_share_a_container_have_an_upstream_each(
    workshop: Workshop, task: Callable[..., Task], submit: Callable[..., str]
) -> None:
    evidence = grade(workshop, task(continues=True), submit({"add.py": SOUND}))
    assert (evidence.state, evidence.points) == (State.GRADED, 3), details(evidence)


LOOK = """
import json, os, pathlib, socket, sys, time, urllib.request
out = pathlib.Path(sys.argv[2])
found = []
for place in ("/work/stub", "/work/scenario", "/proc/1/root/work/stub"):
    try: found += os.listdir(place)
    except OSError: pass
print("files", found)
print("networks", os.listdir("/sys/class/net"))
ids = [name for name in os.listdir("/proc") if name.isdigit()]
print("processes", len(ids))
for pid in range(1, 400):
    if pid != os.getpid():
        try: os.kill(pid, 9)
        except OSError: pass
one = socket.socket(); one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
try: one.bind(("127.0.0.1", 9000)); one.listen(); print("port taken")
except OSError: print("port kept")
for place in ("192.0.2.1", "172.17.0.1"):
    with socket.socket() as probe:
        probe.settimeout(2); print("way out", probe.connect_ex((place, 80)) == 0)
numbers = json.load(urllib.request.urlopen(sys.argv[1] + "/numbers", timeout=4))
(out / "sum.json").write_text(json.dumps(sum(numbers)))
"""


def test_the_candidate_reaches_nothing_of_the_stub_but_its_port(
    workshop: Workshop, task: Callable[..., Task], submit: Callable[..., str]
) -> None:
    evidence = grade(workshop, task(), submit({"add.py": LOOK}))
    assert (evidence.state, evidence.points) == (State.GRADED, 3), details(evidence)
    assert evidence.runs[0].stdout.splitlines() == [
        "files []", "networks ['lo']", "processes 2", "port kept", "way out False", "way out False",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("import time; time.sleep(60)", ExitKind.TIMED_OUT),
        ("data = [bytearray(10**7) for _ in range(1000)]", ExitKind.OUT_OF_MEMORY),
    ],
    ids=["time", "memory"],
)
def test_a_run_that_is_cut_off_was_observed_until_then(
    workshop: Workshop,
    task: Callable[..., Task],
    submit: Callable[..., str],
    code: str,
    kind: ExitKind,
    left: Callable[[], list[Any]],
) -> None:
    evidence = grade(workshop, task(), submit({"add.py": SOUND + code}))
    assert {run.exit_kind for run in evidence.runs} == {kind}
    outcomes = {check.id: check.outcome for check in evidence.checks}
    assert outcomes == {"sum-fresh": Outcome.NOT_RUN, "asked-once": Outcome.PASSED}
    assert left() == []


def test_an_upstream_that_does_not_load_is_the_authors(
    workshop: Workshop,
    task: Callable[..., Task],
    submit: Callable[..., str],
    left: Callable[[], list[Any]],
) -> None:
    broken = UPSTREAM.replace('"numbers.json"', '"number.json"')
    evidence = grade(workshop, task(broken), submit({"add.py": SOUND}))
    assert evidence.state is State.NOT_GRADABLE
    assert "The task author's fault: upstream.py:" in evidence.reason
    assert "number.json" in evidence.reason
    assert left() == []


def test_an_upstream_that_raises_costs_nobody_points(
    workshop: Workshop, task: Callable[..., Task], submit: Callable[..., str]
) -> None:
    code = SOUND + textwrap.dedent("""
        try: urllib.request.urlopen(api + "/broken", timeout=4)
        except OSError: pass
        """)
    evidence = grade(workshop, task(), submit({"add.py": code}))
    outcomes = {check.id: check.outcome for check in evidence.checks}
    assert outcomes == {"sum-fresh": Outcome.PASSED, "asked-once": Outcome.ERROR}
    assert "upstream.py raised: request 2, GET /broken" in details(evidence)["asked-once"]


def test_an_upstream_that_dies_is_nobodys_score(
    workshop: Workshop,
    task: Callable[..., Task],
    submit: Callable[..., str],
    left: Callable[[], list[Any]],
) -> None:
    code = SOUND + textwrap.dedent("""
        try: urllib.request.urlopen(api + "/memory", timeout=4)
        except OSError: pass
        """)
    evidence = grade(workshop, task(), submit({"add.py": code}))
    assert evidence.state is State.NOT_GRADABLE
    assert evidence.reason.startswith("Nobody can say whose fault, and trying again did not help:")
    assert "ran out of memory" in evidence.reason
    assert left() == []


def test_the_log_is_not_the_candidates_to_write(
    workshop: Workshop, task: Callable[..., Task], submit: Callable[..., str]
) -> None:
    forged = SOUND + "\nfor _ in range(3): urllib.request.urlopen(api + '/numbers', timeout=4)\n"
    forged += 'print(\'{"t":"log","records":0}\')\n'
    evidence = grade(workshop, task(), submit({"add.py": forged}))
    assert details(evidence)["asked-once"] == "4 requests in public"


def test_the_stub_runs_as_another_user_under_its_own_label(
    workshop: Workshop, task: Callable[..., Task], left: Callable[[], list[Any]]
) -> None:
    loaded = task()
    sandbox: Any = workshop.sandbox
    recorder = Recorder(
        sandbox=sandbox,
        task=loaded,
        images=workshop.images,
        limits=Limits(),
        files=(),
        notebook=None,
        data=_data(),
        run_id="contract",
    )
    with recorder.open_session("public") as session:
        stub = recorder.open_stub(session, "public")
        assert stub is not None
        with stub:
            ids = {one["Labels"]["worksample.role"]: one["Id"] for one in left()}
            assert set(ids) == {Role.CANDIDATE.value, Role.STUB.value}
            facts = {role: sandbox.api.inspect_container(id_) for role, id_ in ids.items()}
    users = {one["Config"]["User"] for one in facts.values()}
    assert len(users) == 2
    there = facts["stub"]["HostConfig"]
    assert there["NetworkMode"] == f"container:{ids['candidate']}"
    assert there["CapDrop"] == ["ALL"]
    assert there["ReadonlyRootfs"] is True
    assert not there["Binds"]
    assert there["PidMode"] == ""
    assert left() == []


def _data() -> Any:
    from graders.material import VariantData

    truth = {"public": {"upstream/numbers.json": b"[1, 2]", "sum.json": b"3"}}
    return VariantData(public={"public": {}}, truth=truth)


def test_the_packet_holds_what_runs_the_api(
    workshop: Workshop, task: Callable[..., Task], tmp_path: Path
) -> None:
    """The candidate starts it with a plain Python, and gets the very answers of the stub."""
    import json
    import subprocess
    import sys
    import urllib.request
    import zipfile
    from io import BytesIO

    from graders.upstream import upstream_files
    from runner.packet import build_packet, packet_leaks

    loaded, data = task(), _data()
    packet = build_packet(
        loaded,
        candidate="LYNX-1",
        public_files=data.public["public"],
        facts={"count": 2},
        upstream_files=upstream_files(data.truth["public"]),
    )
    truth = {f"public/{path}": raw for path, raw in data.truth["public"].items()}
    assert packet_leaks(packet, loaded, truth) == []
    with zipfile.ZipFile(BytesIO(packet)) as archive:
        archive.extractall(tmp_path / "packet")
    root = tmp_path / "packet" / "tiny-LYNX-1"
    assert json.loads((root / "TASK.json").read_text())["upstream"] == {"port": 9000}
    command = [sys.executable, "-I", "upstream/serve.py", "--port", "0", "--log", "seen.jsonl"]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("ready on ").strip()
        with urllib.request.urlopen(f"{url}/numbers", timeout=5) as response:
            assert json.load(response) == [1, 2]
        process.terminate()
        process.stdout.read()
    assert process.returncode == 0
    (record,) = map(json.loads, (root / "seen.jsonl").read_text().splitlines())
    assert record["target"] == "/numbers"


LISTENS = """
import os, socket, time
listener = socket.create_server(("127.0.0.1", 9001))
if os.fork() == 0:
    for fd in (0, 1, 2): os.close(fd)
    time.sleep(60)
    os._exit(0)
"""


def test_a_socket_that_is_left_is_counted_without_the_stubs(
    workshop: Workshop, task: Callable[..., Task], submit: Callable[..., str]
) -> None:
    evidence = grade(workshop, task(), submit({"add.py": SOUND + LISTENS}))
    (flag,) = [one for one in evidence.flags if one.id == "tamper_suspected"]
    assert "the run `public` ended with 1 socket(s) still listening" in flag.text
    assert evidence.points == 3, details(evidence)
