"""A batch whose runner is killed again and again, and whose engine restarts under it.

After that every submission is graded, once, with the verdict of a batch that nobody disturbed.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from own_engine import OwnEngine, why_none
from tiny_task import SOUND, write_tiny_task

from graders.evidence import without_times
from runner.records import Records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sandbox.images import Images

pytestmark = [pytest.mark.docker, pytest.mark.crash]

SUBMISSIONS = 40
KILLS = 20
RESTARTS_AFTER = (6, 13)
"""Kills after which the engine restarts while a runner is at work."""
WINDOW_SHARE = 0.1
"""A kill comes within this share of what the undisturbed batch took: about two gradings of two."""
SEED = 20261128
TOGETHER_S = 900


@pytest.fixture(scope="module")
def engine(images: Images, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnEngine]:
    """Give an engine of our own, with the two images."""
    reason = why_none()
    if reason:
        pytest.skip(f"needs an engine of its own: {reason}")
    names = [images.ensure(name).tag for name in ("python-data", "grade")]
    own = OwnEngine(tmp_path_factory.mktemp("engine"))
    own.start()
    own.take_images(names)
    yield own
    own.stop()


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the task and the submissions: sound, wrong, failing, refused ones."""
    folder = tmp_path_factory.mktemp("batch")
    write_tiny_task(folder / "catalog")
    for number in range(SUBMISSIONS):
        place = folder / "in" / f"LYNX-{number:02}"
        place.mkdir(parents=True)
        code = (SOUND, SOUND, SOUND.replace("sum(", "1 + sum("), "1 / 0")[number % 4]
        (place / "add.py").write_text(code)
        if number % 10 == 9:
            (place / "link").symlink_to("/etc/passwd")
    return folder


class Grader:
    """The command, as a person types it."""

    def __init__(self, engine: OwnEngine, work: Path, home: str) -> None:
        self.home = work / home
        self._work = work
        self._environment = {
            **os.environ,
            "DOCKER_HOST": engine.url,
            "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry),
        }

    def start(self) -> subprocess.Popen[bytes]:
        log = (self._work / "log").open("ab")
        with log:
            return subprocess.Popen(
                [sys.executable, "-c", "from runner.cli import main; main()", "grade", "tiny",
                 *sorted(map(str, (self._work / "in").iterdir())), "--catalog",
                 str(self._work / "catalog"), "--home", str(self.home), "-j", "2"],
                env=self._environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def secret_of(self, other: Grader) -> None:
        """Take the secret of another round: everybody has the same data in both."""
        self.home.mkdir(mode=0o700)
        (self.home / "secret").write_text((other.home / "secret").read_text())

    def wait_until_at_work(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until this very process works on a submission."""
        mine = f"SELECT count(*) FROM jobs WHERE owner LIKE '%:{process.pid}:%'"
        self._wait(lambda: self._ask(mine) > 0, process)

    def wait_until_done(self, number: int, process: subprocess.Popen[bytes]) -> None:
        """Wait until so many gradings are on record, or the process is at its end."""
        self._wait(lambda: self.done() >= number, process, limit_s=TOGETHER_S)

    def _wait(
        self, reached: Callable[[], bool], process: subprocess.Popen[bytes], limit_s: float = 60
    ) -> None:
        deadline = time.monotonic() + limit_s
        while not reached() and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def done(self) -> int:
        """Return how many gradings are on record."""
        return self._ask("SELECT count(*) FROM gradings")

    def _ask(self, query: str) -> int:
        try:
            database = sqlite3.connect(f"file:{self.home / 'worksample.db'}?mode=ro", uri=True)
        except sqlite3.OperationalError:
            return 0
        with contextlib.closing(database), contextlib.suppress(sqlite3.OperationalError):
            (count,) = database.execute(query).fetchone()
            return int(count)
        return 0

    def verdicts(self) -> dict[str, list[Any]]:
        """Return all gradings of each candidate, without times."""
        records = Records(self.home)
        found: dict[str, list[Any]] = {}
        for number in range(1, self.done() + 1):
            evidence = records.grading(number)
            row = without_times(evidence.model_dump(mode="json"))
            found.setdefault(evidence.submission.candidate, []).append(row)
        records.close()
        return found


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a runner without a word, and whatever it has started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)


def test_what_is_killed_twenty_times_comes_to_the_same(engine: OwnEngine, work: Path) -> None:
    undisturbed = Grader(engine, work, "calm")
    began = time.monotonic()
    process = undisturbed.start()
    assert process.wait(TOGETHER_S) == 4, (work / "log").read_text()[-2000:]
    window_s = (time.monotonic() - began) * WINDOW_SHARE
    calm = undisturbed.verdicts()
    assert len(calm) == SUBMISSIONS
    assert not engine.containers()

    disturbed = Grader(engine, work, "stormy")
    disturbed.secret_of(undisturbed)
    chance = random.Random(SEED)
    killed = restarted = 0
    done_at_kill: list[int] = []
    while killed < KILLS:
        done = disturbed.done()
        assert done < SUBMISSIONS, "all was graded before the last kill"
        process = disturbed.start()
        if restarted < len(RESTARTS_AFTER) and killed >= RESTARTS_AFTER[restarted]:
            time.sleep(chance.uniform(2.5, 5.0))
            engine.stop()
            time.sleep(chance.uniform(0.5, 2.0))
            engine.start()
            restarted += 1
        if done < killed:  # Behind: else a slow machine meets every kill at the same stage.
            disturbed.wait_until_done(done + 1, process)
        elif killed % 5:
            disturbed.wait_until_at_work(process)
        time.sleep(chance.uniform(0.0, window_s))
        if process.poll() is None:
            kill(process)
            killed += 1
            done_at_kill.append(disturbed.done())
    process = disturbed.start()
    assert process.wait(TOGETHER_S) == 4, (work / "log").read_text()[-2000:]

    sys.stdout.write(f"{killed} kills, {restarted} restarts; on record at each: {done_at_kill}\n")
    assert len(set(done_at_kill)) >= 5, "the kills met nobody at work"
    assert restarted == len(RESTARTS_AFTER)
    stormy = disturbed.verdicts()
    assert {candidate: len(found) for candidate, found in stormy.items()} == dict.fromkeys(calm, 1)
    assert stormy == calm
    assert not engine.containers()
