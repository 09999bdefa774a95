"""Make a candidate's data by running the task's generator in a grade container."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from graders.errors import VariantError
from graders.grade_containers import Job, words_of
from graders.material import VariantData
from sandbox.errors import GuestGoneError, GuestProtocolError, GuestTimeoutError
from sandbox.strict_json import loads_object
from tasks.imports import imported_modules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from graders.grade_containers import GradeContainers
    from sandbox.base import Container
    from sandbox.frames import Frame
    from tasks.model import Task

DEADLINE_S: Final = 120.0


def generate(
    containers: GradeContainers,
    task: Task,
    *,
    image: str,
    seed: int,
    scenarios: Sequence[str],
) -> VariantData:
    """Return the files of ``scenarios`` for one seed.

    Raises:
        VariantError: the generator raised, took too long or answered out of turn.
        SandboxError: the machine failed.
    """
    sources = sorted(task.path.glob("*.py"))
    files = [(f"task/{path.name}", path.read_bytes()) for path in sources]
    data = VariantData(
        public={name: {} for name in scenarios}, truth={name: {} for name in scenarios}, facts={}
    )
    job = Job(
        image=image,
        work="generate",
        facts={"seed": seed, "scenarios": list(scenarios)},
        files=files,
        modules=imported_modules(task),
    )
    with containers.at_work(job) as container:
        try:
            return _collect(data, _frames(container, task))
        except (GuestGoneError, GuestTimeoutError, GuestProtocolError, KeyError) as error:
            raise VariantError(f"{task.id}/variant.py: {error}") from error


def _frames(container: Container, task: Task) -> Iterator[Frame]:
    deadline = time.monotonic() + DEADLINE_S
    while True:
        frame = container.receive(timeout_s=deadline - time.monotonic())
        match frame.header.get("t"):
            case "end":
                return
            case "failed":
                raise VariantError(f"{task.id}/variant.py: {frame.header.get('reason')}")
            case "ended":
                raise VariantError(f"{task.id}/variant.py: {words_of(frame)}")
            case _:
                yield frame


def _collect(data: VariantData, frames: Iterator[Frame]) -> VariantData:
    public = {name: dict(files) for name, files in data.public.items()}
    truth = {name: dict(files) for name, files in data.truth.items()}
    facts: dict[str, object] = {}
    for frame in frames:
        header = frame.header
        scenario = str(header["scenario"])
        if header["t"] == "facts":
            if scenario == "public":
                facts = loads_object(frame.body)
        else:
            side = public if header["side"] == "public" else truth
            side[scenario][str(header["path"])] = frame.body
    return VariantData(public=public, truth=truth, facts=facts)
