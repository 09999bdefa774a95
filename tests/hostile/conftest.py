"""The corpus' sandbox, which watches what crosses, and the table at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hostile_corpus import HERE, Watch, solution_files, write_files
from owned import of_this_process

from graders.grade_containers import GradeContainers
from graders.material import GradingImages
from runner.pipeline import GradeRequest, grade_submission
from runner.records import Records
from runner.workshop import Workshop
from sandbox.docker_engine import DockerSandbox
from sandbox.model import Role
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.docker_container import DockerContainer
    from sandbox.model import ContainerSpec
    from tasks.model import Task


collect_ignore = ["cases", "tasks"]
"""Submissions and hidden tests: pytest on the host never looks into them."""


class WatchedSandbox(DockerSandbox):
    """Looks at every byte that goes to, or comes from, a container that a candidate can reach."""

    def __init__(self) -> None:
        super().__init__()
        self.watch = Watch()
        self.graders = GradeContainers(self)
        self.others: set[str] = set()
        """What other tests of this process have left running on purpose."""

    def start(self, spec: ContainerSpec) -> DockerContainer:
        container = super().start(spec)
        if spec.role is not Role.GRADE:
            self._watch_container(container, spec)
        return container

    def _watch_container(self, container: DockerContainer, spec: ContainerSpec) -> None:
        send, receive = container.send, container.receive
        self.watch.look("in as an argument", repr(spec.command).encode(), repr(spec.env).encode())

        def watched_send(header: Any, body: bytes = b"", *, timeout_s: float = 30.0) -> None:
            self.watch.look("in", repr(header).encode(), body)
            send(header, body, timeout_s=timeout_s)

        def watched_receive(*, timeout_s: float) -> Any:
            frame = receive(timeout_s=timeout_s)
            self.watch.look("out", repr(frame.header).encode(), frame.body)
            return frame

        container.send = watched_send  # type: ignore[method-assign]
        container.receive = watched_receive  # type: ignore[method-assign]

    def left(self) -> list[str]:
        """Return what carries our label and belongs to this process, but for what may stay."""
        mine = {"label": f"{self._owner.LABEL}={self._owner.value}"}
        containers = [one["Id"] for one in of_this_process(self)]
        stays = {*self.graders.idle, *self.others}
        containers = [one for one in containers if one not in stays]
        volumes = self.api.volumes(filters=mine)["Volumes"] or []
        networks = self.api.networks(filters=mine)
        return [*containers, *(one["Name"] for one in volumes), *(one["Id"] for one in networks)]


@pytest.fixture(scope="session")
def watched(docker_sandbox: DockerSandbox) -> Iterator[WatchedSandbox]:
    """Give the sandbox of the corpus."""
    sandbox = WatchedSandbox()
    yield sandbox
    sandbox.close()


@pytest.fixture(autouse=True)
def nothing_of_others(watched: WatchedSandbox) -> None:
    """Leave out of account what is there before a test begins."""
    watched.others = set()
    watched.others = set(watched.left())


@pytest.fixture(scope="session")
def corpus_workshop(
    watched: WatchedSandbox,
    candidate_image: str,
    grade_image: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Workshop]:
    """Give what grades the corpus."""
    records = Records(tmp_path_factory.mktemp("corpus") / ".worksample")
    yield Workshop(
        sandbox=watched,
        graders=watched.graders,
        engine=watched.info(),
        images=GradingImages(candidate=candidate_image, grade=grade_image),
        records=records,
    )
    records.close()
    idle = watched.graders.idle
    watched.graders.close()
    assert not set(idle) & set(watched.left())


@pytest.fixture(scope="session")
def corpus_tasks() -> dict[str, Task]:
    """Give the tasks of the corpus by name."""
    return {path.name: load_task(path) for path in sorted((HERE / "tasks").iterdir())}


@pytest.fixture(scope="session")
def points_of(
    corpus_workshop: Workshop,
    corpus_tasks: dict[str, Task],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str, str], float]:
    """Return a function that says what a solution gains without any hostile part."""
    known: dict[tuple[str, str], float] = {}

    def points(task: str, solution: str) -> float:
        if not solution:
            return 0.0
        if (task, solution) not in known:
            folder = tmp_path_factory.mktemp("base") / "submission"
            source = write_files(folder, solution_files(task, solution))
            request = GradeRequest(task=corpus_tasks[task], source=str(source), candidate="BASE-1")
            known[task, solution] = grade_submission(corpus_workshop, request).evidence.points
        return known[task, solution]

    return points


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table: case, group, expected, observed."""
    rows = []
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            found = dict(report.user_properties)
            if "hostile" in found:
                rows.append((*found["hostile"], "as expected" if outcome == "passed" else "WRONG"))
    if not rows:
        return
    terminalreporter.section("hostile corpus")
    for group, name, twin, observed, seconds, verdict in sorted(rows):
        kind = "honest " if twin else "hostile"
        line = f"{group:<14} {name:<28} {kind} {observed:<44} {seconds:5.1f} s  {verdict}"
        terminalreporter.write_line(line)
    hostile = sum(not row[2] for row in rows)
    wrong = sum(row[-1] == "WRONG" for row in rows)
    terminalreporter.write_line(
        f"{hostile} hostile cases, {len(rows) - hostile} honest ones, {wrong} not as expected"
    )
