"""Who gets which grade container, and when one is not used again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from graders import grade_containers
from graders.grade_containers import GradeContainers, Job
from sandbox.errors import EngineUnavailableError, GuestGoneError
from sandbox.frames import Frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.model import ContainerSpec


class Scripted:
    """A container that answers as a grade container does."""

    def __init__(self, number: int, answers: dict[str, Any]) -> None:
        self.id = f"c{number}"
        self.ended = False
        self._answers = answers
        self._waiting: list[dict[str, Any]] = []

    def send(self, header: Mapping[str, Any], body: bytes = b"", *, timeout_s: float = 0) -> None:
        match header["op"]:
            case "sync":
                self._waiting.append({"t": "synced"})
            case "load":
                self._waiting.append({"t": "loaded", "threads": self._answers["threads"]})
            case "work":
                self._waiting.append({"t": "ended", "clean": self._answers["clean"]})
            case _:
                pass

    def receive(self, *, timeout_s: float) -> Frame:
        if self._answers["gone"]:
            raise self._answers["gone"]
        return Frame(header=self._waiting.pop(0), body=b"")

    def end(self) -> None:
        self.ended = True

    def __exit__(self, *_: object) -> None:
        self.end()


class ScriptedSandbox:
    def __init__(self) -> None:
        self.answers: dict[str, Any] = {"threads": 1, "clean": True, "gone": None}
        self.started: list[Scripted] = []
        self.specs: list[ContainerSpec] = []

    def start(self, spec: ContainerSpec) -> Any:
        self.started.append(Scripted(len(self.started), self.answers))
        self.specs.append(spec)
        return self.started[-1]


@pytest.fixture
def sandbox() -> Any:
    return ScriptedSandbox()


def use(graders: GradeContainers, **changes: Any) -> str:
    job = Job(**{"image": "i", "work": "judge", "facts": {}, "files": (), **changes})
    with graders.at_work(job) as container:
        return container.id


def test_the_next_job_gets_the_same_container_as_often_as_it_may(sandbox: Any) -> None:
    graders = GradeContainers(sandbox, most_uses=3)
    assert [use(graders) for _ in range(5)] == ["c0", "c0", "c0", "c1", "c1"]
    assert [one.ended for one in sandbox.started] == [True, False]
    graders.close()
    assert all(one.ended for one in sandbox.started)


def test_another_image_or_other_imports_mean_another_container(sandbox: Any) -> None:
    graders = GradeContainers(sandbox)
    used = [use(graders), use(graders, image="j"), use(graders, modules=("pandas",)), use(graders)]
    assert used == ["c0", "c1", "c2", "c0"]


def test_two_at_once_never_share(sandbox: Any) -> None:
    graders = GradeContainers(sandbox)
    job = Job(image="i", work="judge", facts={}, files=())
    with graders.at_work(job) as one, graders.at_work(job) as other:
        assert one.id != other.id
    assert sorted(graders.idle) == ["c0", "c1"]


def test_a_joined_network_is_for_one_job(sandbox: Any) -> None:
    graders = GradeContainers(sandbox)
    used = [use(graders), use(graders, join_network_of="x"), use(graders)]
    assert used == ["c0", "c1", "c0"]
    assert [spec.join_network_of for spec in sandbox.specs] == [None, "x"]
    assert sandbox.started[1].ended


@pytest.mark.parametrize(
    "answer",
    [{"clean": False}, {"clean": "yes"}, {"gone": GuestGoneError("gone")}],
    ids=["not clean", "no answer", "gone"],
)
def test_what_may_not_be_clean_is_not_used_again(sandbox: Any, answer: dict[str, Any]) -> None:
    graders = GradeContainers(sandbox)
    assert use(graders) == "c0"
    first = sandbox.started[0]
    first._answers = {**sandbox.answers, **answer}
    first._waiting = [{"t": "ended", "clean": first._answers["clean"]}]
    assert use(graders) == "c1"
    assert first.ended


def test_threads_of_an_import_forbid_a_second_fork(sandbox: Any) -> None:
    sandbox.answers["threads"] = 2
    graders = GradeContainers(sandbox)
    assert [use(graders), use(graders)] == ["c0", "c1"]


def test_a_job_that_fails_takes_its_container_with_it(sandbox: Any) -> None:
    graders = GradeContainers(sandbox)
    job = Job(image="i", work="judge", facts={}, files=())
    with pytest.raises(ZeroDivisionError), graders.at_work(job):
        raise ZeroDivisionError
    assert sandbox.started[0].ended
    assert graders.idle == ()


def test_an_engine_that_is_down_is_said(sandbox: Any) -> None:
    graders = GradeContainers(sandbox)
    use(graders)
    sandbox.answers["gone"] = EngineUnavailableError("down")
    with pytest.raises(EngineUnavailableError):
        use(graders)


def test_age_and_number_are_bounded(sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    graders = GradeContainers(sandbox)
    for number in range(6):
        use(graders, image=str(number))
    assert graders.idle == ("c2", "c3", "c4", "c5")
    assert [one.ended for one in sandbox.started] == [True, True, False, False, False, False]
    monkeypatch.setattr(grade_containers, "_LIFETIME_S", 0.0)
    use(graders, image="5")
    assert "c5" not in graders.idle
