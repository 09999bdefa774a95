"""Who is measured: worksample as a user types it, ``otter grade`` likewise, and the bare run.

Every side gets the same submissions. Not on the clock: images, the candidates' data, otter's
``autograder.zip``, fresh records. On it: all of a command from its start to its end, reading and
writing included.
"""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from benchmarks import bare, overhead
from benchmarks.otter_grader import VERSION, Otter, read_points
from graders.variants import generate
from runner.opening import open_records
from runner.variants import obtain_variant
from tasks.catalogs import Catalog

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graders.material import VariantData
    from runner.workshop import Workshop
    from tasks.model import Task

NOTEBOOKS: Final = Path(__file__).parent / "notebooks"
FLAWED_EVERY: Final = 4
"""So many notebooks, one of them flawed: the second, the sixth, ..."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What every side is given."""

    task: Task
    jobs: int
    handed_in: Path
    """A folder of submissions, each named by its candidate."""
    folders: Path
    """The same, each a folder."""
    expected: Mapping[str, float]
    """Points by candidate."""


class Side(Protocol):
    """One who does the work."""

    name: str

    def make_ready(self, number: int, /) -> None:
        """Get ready for a round, off the clock."""
        ...

    def do_the_work(self, number: int, /) -> None:
        """Do the work."""
        ...

    def points(self, number: int, /) -> Mapping[str, float] | None:
        """Return what came of a round, by candidate; None from a side that does not judge."""
        ...


def lay_out(kind: str, folder: Path, count: int, jobs: int) -> Work:
    """Write so many submissions: copies; notebooks differ a little, and some are flawed."""
    names = [f"COPY-{number}" for number in range(1, count + 1)]
    if kind == "notebook":
        return _lay_out_notebooks(folder, names, jobs)
    task_id, solution = overhead.SOLUTIONS[kind]
    task = Catalog.from_setting(None).load(task_id)
    for name in names:
        shutil.copytree(task.path / "solutions" / solution, folder / name)
    expected = dict.fromkeys(names, _full(task))
    return Work(task=task, jobs=jobs, handed_in=folder, folders=folder, expected=expected)


def _lay_out_notebooks(folder: Path, names: Sequence[str], jobs: int) -> Work:
    task = Catalog.from_setting(str(NOTEBOOKS)).load("sales")
    handed_in, folders = folder / "notebooks", folder / "folders"
    handed_in.mkdir(parents=True)
    expected = {}
    for number, name in enumerate(names, 1):
        sound = number % FLAWED_EVERY != 2
        solution = "sound_pandas" if sound else "flawed_first_half"
        expected[name] = _full(task) if sound else _full(task) / 2
        content = json.loads((task.path / "solutions" / solution / "sales.ipynb").read_text())
        first = next(one for one in content["cells"] if one["cell_type"] == "code")
        first["source"].insert(0, f"# copy {number}\n")
        (folders / name).mkdir(parents=True)
        for path in (handed_in / f"{name}.ipynb", folders / name / "sales.ipynb"):
            path.write_text(json.dumps(content))
    return Work(task=task, jobs=jobs, handed_in=handed_in, folders=folders, expected=expected)


def _full(task: Task) -> float:
    return sum(check.points for check in task.checks)


def _data(workshop: Workshop, task: Task) -> VariantData:
    """Return the data on which the other sides work: always the same."""
    image = workshop.images.grade
    return generate(workshop.graders, task, image=image, seed=1, scenarios=task.scenarios)


class Worksample:
    """``worksample grade TASK FOLDER/* -j N``, in a process of its own, with fresh records.

    The candidates' data was made before, as when their packets went out.
    """

    name = "worksample"

    def __init__(self, work: Work, workshop: Workshop, folder: Path) -> None:
        self._work, self._folder = work, folder / "worksample"
        self._folder.mkdir()
        for candidate in work.expected:
            obtain_variant(workshop, work.task, candidate)
        self._prepared = workshop.records.home

    def _home(self, number: int) -> Path:
        return self._folder / str(number)

    def make_ready(self, number: int) -> None:
        """Copy the records that hold the candidates' data, and no grading."""
        shutil.copytree(self._prepared, self._home(number))

    def do_the_work(self, number: int) -> None:
        """Grade."""
        work = self._work
        sources = sorted(map(str, work.handed_in.iterdir()))
        subprocess.run(
            [
                *(str(Path(sys.executable).with_name("worksample")), "grade", work.task.id),
                *("--catalog", str(work.task.path.parent), "--home", str(self._home(number))),
                *("-j", str(work.jobs), *sources),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def points(self, number: int) -> Mapping[str, float]:
        """Ask the records."""
        with open_records(self._home(number), say=print) as records:
            return {one["candidate"]: one["points"] for one in records.latest_results()}


class OtterGrader:
    """``otter grade -n NAME -a autograder.zip --containers N --no-network FOLDER``."""

    name = f"otter-grader {VERSION}"

    def __init__(self, work: Work, workshop: Workshop, folder: Path) -> None:
        self._work, self._folder = work, folder / "otter"
        self._folder.mkdir()
        data = _data(workshop, work.task)
        files = {
            f"{place}/{path}": content
            for place, side in (("data", data.public), ("truth", data.truth))
            for path, content in side["public"].items()
        }
        self._otter = Otter(self._folder, files)

    def make_ready(self, number: int) -> None:
        """Make room for the results."""
        (self._folder / str(number)).mkdir()

    def do_the_work(self, number: int) -> None:
        """Grade."""
        output = self._folder / str(number)
        command = self._otter.command(self._work.handed_in, self._work.jobs, output)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def points(self, number: int) -> Mapping[str, float]:
        """Read otter's table."""
        return read_points(self._folder / str(number))


class Bare:
    """``docker run`` of the same commands, so many at a time; see ``benchmarks/bare.py``.

    Without ``checks`` nothing is judged.
    """

    def __init__(
        self, name: str, work: Work, workshop: Workshop, folder: Path, *, checks: bool
    ) -> None:
        self.name = name
        self._work, self._checks = work, checks
        place = folder / name.replace(" ", "-")
        place.mkdir()
        self._prepared = bare.prepare(
            workshop, work.task, work.folders, _data(workshop, work.task), place
        )
        self._numbers = itertools.count()
        self._points: dict[int, dict[str, float]] = {}

    def make_ready(self, _number: int) -> None:
        """Nothing is to be done."""

    def do_the_work(self, number: int) -> None:
        """Do it."""
        with ThreadPoolExecutor(self._work.jobs) as pool:
            points = pool.map(self._one, self._work.expected)
            self._points[number] = dict(zip(self._work.expected, points, strict=True))

    def _one(self, candidate: str) -> float:
        prepared = replace(self._prepared, source=self._work.folders / candidate)
        sample = bare.do_the_work(prepared, next(self._numbers), checks=self._checks)
        passed = {check for check, outcome in sample.outcomes.items() if outcome == "passed"}
        return sum(check.points for check in self._work.task.checks if check.id in passed)

    def points(self, number: int) -> Mapping[str, float] | None:
        """Return what the hidden tests said."""
        return self._points[number] if self._checks else None
