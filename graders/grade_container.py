"""Start a grade container and put one of our scripts in charge of it."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from graders.guests import PYTHON, agent_command, inside_sources
from graders.session import GUEST_WAIT_S
from sandbox.errors import SandboxError
from sandbox.model import GIB, MIB, ContainerSpec, Limits, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sandbox.base import Container, Sandbox

GRADE_LIMITS: Final = Limits(
    wall_time_s=600.0, memory_bytes=2 * GIB, cpus=2.0, pids=256, disk_bytes=1 * GIB
)
"""For the author's code. Its wall time bounds all hidden tests of one submission together."""


def start_grade_container(  # noqa: PLR0913 - all by keyword, each once
    sandbox: Sandbox,
    *,
    image: str,
    script: str,
    job: Mapping[str, object],
    files: Iterable[tuple[str, bytes]],
    run_id: str,
    folders: Sequence[str] = (),
    join_network_of: str | None = None,
) -> Container:
    """Return a container in which ``script`` of ``graders/inside`` speaks frames.

    Raises:
        SandboxError: it could not be started or filled.
    """
    spec = ContainerSpec(
        role=Role.GRADE,
        image=image,
        command=agent_command(),
        limits=GRADE_LIMITS,
        env={"HOME": "/work", "TMPDIR": "/tmp", "OMP_NUM_THREADS": "1"},  # noqa: S108 - inside
        run_id=run_id,
        join_network_of=join_network_of,
        max_frame_bytes=256 * MIB,
    )
    container = sandbox.start(spec)
    with ExitStack() as on_failure:
        on_failure.push(container)
        container.send({"op": "make_dirs", "paths": list(folders)})
        for name, source in inside_sources().items():
            container.send({"op": "put", "path": f"grader/{name}"}, source)
        for path, content in files:
            container.send({"op": "put", "path": path}, content)
        container.send({"op": "put", "path": "job.json"}, json.dumps(job, allow_nan=False).encode())
        container.send({"op": "sync"})
        _expect_synced(container)
        container.send({"op": "become", "argv": [PYTHON, "-I", f"/work/grader/{script}"]})
        on_failure.pop_all()
    return container


def _expect_synced(container: Container) -> None:
    answer = container.receive(timeout_s=GUEST_WAIT_S)
    if answer.header.get("t") != "synced":
        raise SandboxError(f"The grade container could not take {answer.header.get('path')}.")
