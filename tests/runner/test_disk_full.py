"""The host's disk is full: the machine's fault, said as such; nothing half-written, no score."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from watchers import Quiet

from graders.grade_containers import GradeContainers
from graders.material import GradingImages
from runner.batch import Pace, grade_batch
from runner.batch.admission import LEAST_DISK_BYTES, Machine
from runner.errors import RecordsError
from runner.exit_codes import ExitCode, exit_code_of
from runner.pipeline import GradeRequest
from runner.records import Records
from runner.workshop import Workshop
from sandbox.fake import FakeSandbox
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from task_factory import MakeTask


KIB = 1024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Give a disk of one mebibyte."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a disk of one mebibyte")
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)],
        capture_output=True,
        text=True,
    )
    if mounted.returncode != 0:
        pytest.skip(f"needs a disk of one mebibyte: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def records(disk: Path) -> Iterator[Records]:
    opened = Records(disk / ".worksample")
    yield opened
    opened.close()


def make_larger(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)


def fill(disk: Path) -> None:
    """Leave no byte on the disk."""
    with (disk / "fill").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(b"x" * KIB)


def files_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def test_what_does_not_fit_is_the_machines_fault_and_leaves_nothing(
    disk: Path, records: Records
) -> None:
    kept = records.objects.put(os.urandom(200 * KIB))
    before = files_below(disk / ".worksample" / "objects")
    with pytest.raises(RecordsError, match="No space left") as caught:
        records.objects.put(os.urandom(900 * KIB))
    assert exit_code_of(caught.value) is ExitCode.SANDBOX_UNAVAILABLE
    assert files_below(disk / ".worksample" / "objects") == before
    assert len(records.objects.get(kept)) == 200 * KIB


def test_the_same_fits_once_there_is_room(disk: Path, records: Records) -> None:
    content = os.urandom(900 * KIB)
    fill(disk)
    with pytest.raises(RecordsError):
        records.objects.put(content)
    make_larger(disk)
    assert records.objects.get(records.objects.put(content)) == content


def test_a_list_of_files_is_there_whole_or_not_at_all(disk: Path, records: Records) -> None:
    records.add_variant("first", {"a": b"1"})
    with pytest.raises(RecordsError):
        records.add_variant("second", {f"f{n}": os.urandom(200 * KIB) for n in range(9)})
    assert records.find_variant("first") == {"a": b"1"}
    assert records.find_variant("second") is None


def test_a_secret_that_could_not_be_written_is_made_later(disk: Path, records: Records) -> None:
    fill(disk)
    with pytest.raises(RecordsError, match="secret"):
        records.secret()
    assert not (disk / ".worksample" / "secret").exists()
    (disk / "fill").unlink()
    assert len(records.secret()) == 32
    assert records.secret() == records.secret()


def test_a_secret_that_was_cut_short_is_not_used(tmp_path: Path) -> None:
    records = Records(tmp_path)
    (tmp_path / "secret").write_text("ab" * 31)
    with pytest.raises(RecordsError, match="cut short"):
        records.secret()
    records.close()


def test_records_that_cannot_be_made_say_so(disk: Path) -> None:
    fill(disk)
    with pytest.raises(RecordsError, match="cannot be opened"):
        Records(disk / "other")


@pytest.fixture
def hand_in(
    records: Records, make_task: MakeTask, tmp_path: Path
) -> Iterator[Callable[[int], None]]:
    """Return a function that hands in a file of a size and grades it; no container is needed."""
    sandbox = FakeSandbox()
    workshop = Workshop(
        sandbox=sandbox,
        graders=GradeContainers(sandbox),
        engine=sandbox.info(),
        images=GradingImages(candidate="none", grade="none"),
        records=records,
    )
    task = load_task(make_task())
    room = Machine(
        free_memory=lambda: None, idle_share=lambda: None, free_disk=lambda: LEAST_DISK_BYTES
    )

    def grade(size: int) -> None:
        folder = tmp_path / f"submission-{size}"
        folder.mkdir()
        (folder / "large.bin").write_bytes(os.urandom(size))
        request = GradeRequest(task=task, source=str(folder), candidate="LYNX-1")
        grade_batch(workshop, [request], pace=Pace(attempts=1), watcher=Quiet(), machine=room)

    yield grade
    sandbox.close()


def test_a_submission_that_cannot_be_kept_has_no_score_and_waits(
    hand_in: Callable[[int], None], records: Records
) -> None:
    with pytest.raises(RecordsError) as caught:
        hand_in(2000 * KIB)
    assert exit_code_of(caught.value) is ExitCode.SANDBOX_UNAVAILABLE
    assert records.latest() == ()
    ((batch_id, _),) = records.queue.batches()
    assert records.queue.counts(batch_id) == {"queued": 1}


def test_a_submission_that_fits_comes_further(
    hand_in: Callable[[int], None], records: Records
) -> None:
    hand_in(10 * KIB)  # there is no such image: nobody could judge it
    assert [one.state.value for one in records.latest()] == ["not_gradable"]
