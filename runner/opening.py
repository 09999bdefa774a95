"""Open what grading needs: the engine, the images, the records."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from graders.grade_containers import MOST_USES, GradeContainers
from graders.material import GradingImages
from runner.records import Home, Records
from runner.trust import ensure_trusted
from runner.workshop import Workshop
from sandbox.ahead import AheadSandbox
from sandbox.docker_engine import DockerSandbox
from sandbox.docker_images import DockerImages
from sandbox.images import Images

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sandbox.base import Sandbox

    Say = Callable[[str], None]


def open_sandbox(runtime: str | None = None, *, say: Say) -> DockerSandbox:
    """Return a sandbox on the engine, after removing what killed processes left there.

    Raises:
        EngineUnavailableError: no engine answers.
    """
    sandbox = DockerSandbox(runtime=runtime)
    with contextlib.ExitStack() as on_failure:
        on_failure.callback(sandbox.close)
        removed = sandbox.remove_leftovers()
        on_failure.pop_all()
    if removed:
        say(f"Removed {removed} container(s) that an earlier process left behind.")
    return sandbox


@contextlib.contextmanager
def open_records(home: Path | Home, *, say: Say) -> Iterator[Records]:
    """Give the records.

    Raises:
        RecordsError: they cannot be opened.
    """
    records = Records(home)
    if isinstance(home, Home) and home.records and not records.objects.is_far:
        say(
            f"The files of the records stay in {home.folder} of this machine, where no other can "
            "read them; --files names a store for all."
        )
    try:
        yield records
    finally:
        records.close()


@contextlib.contextmanager
def open_workshop(
    home: Path | Home,
    *,
    runtime: str | None = None,
    fresh: bool = False,
    ahead: bool = False,
    say: Say,
) -> Iterator[Workshop]:
    """Give everything that grading needs; missing images are built first, and that is said.

    Args:
        home: Folder of the records.
        runtime: Of the engine; its default if not given.
        fresh: Whether each submission gets a grade container of its own.
        ahead: Whether many submissions are to come: the next container is started meanwhile.
        say: Is told what takes long, or was mended.

    Raises:
        EngineUnavailableError: no engine answers.
        ImageError: an image cannot be built.
        UntrustedEngineError: the engine does not hold what it is asked for.
    """
    sandbox = open_sandbox(runtime, say=say)
    working: Sandbox = AheadSandbox(sandbox) if ahead else sandbox
    images = Images(DockerImages(sandbox.api))
    started = time.monotonic()
    references = {ref.name: ref.id for ref in images.build(("python-data", "grade"), say)}
    candidate, grade = references["python-data"], references["grade"]
    images_s = time.monotonic() - started
    with open_records(home, say=say) as records:
        try:
            engine = sandbox.info()
            ensure_trusted(sandbox, engine, image=candidate, runtime=runtime, progress=say)
            yield Workshop(
                sandbox=working,
                graders=GradeContainers(working, most_uses=1 if fresh else MOST_USES),
                engine=engine,
                images=GradingImages(candidate=candidate, grade=grade),
                images_s=images_s,
                records=records,
                runtime=runtime,
                make_room=lambda: _remove_old(images, say),
            )
        finally:
            working.close()


def _remove_old(images: Images, say: Say) -> None:
    """Remove images of ours that nothing needs any more."""
    for tag in images.remove_old():
        say(f"The disk is nearly full: removed the old image {tag}.")
