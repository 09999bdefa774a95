"""The function for people who script, as its page shows it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tiny_task import SOUND, write_tiny_task

import runner
from graders.evidence import State
from runner import grade
from runner.errors import SourceError
from tasks.errors import TaskError

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]


@pytest.mark.docker
def test_the_example_of_the_page_runs(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    candidate_image: str,
    grade_image: str,
) -> None:
    (example,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "docs/python.md").read_text(), re.DOTALL
    )
    sound = ROOT / "tasks/catalog/orders-etl/solutions/sound_stdlib"
    shutil.copytree(sound, tmp_path / "inbox" / "LYNX-42")
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "docs/python.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    first, *checks = lines
    assert re.fullmatch(r"graded (\d+\.0) of \1", first)
    assert all(line.split()[1] == "passed" for line in checks)
    assert len(checks) >= 10
    assert (tmp_path / ".worksample" / "worksample.db").exists()


@pytest.mark.docker
def test_a_task_may_be_a_folder_and_the_same_is_not_graded_twice(
    tmp_path: Path, submit: Callable[..., str], candidate_image: str, grade_image: str
) -> None:
    task = write_tiny_task(tmp_path / "catalog")
    source = submit({"add.py": SOUND})
    first = grade(task, source, home=tmp_path / "home")
    assert (first.state, first.points, first.submission.candidate) == (State.GRADED, 3, "LYNX-1")
    assert first.provenance is not None
    clocks = first.provenance.phases_s
    assert list(clocks) == ["queue", "image", "intake", "prepare", "run", "grade"]
    assert all(0 <= seconds < 60 for seconds in clocks.values())
    assert clocks["image"] > 0
    assert grade(task, source, home=tmp_path / "home") == first
    other = grade(task, source, home=tmp_path / "home", candidate="OTTER-2", again=True)
    assert other.submission.candidate == "OTTER-2"


def test_mistakes_are_exceptions(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="orders-etl"):
        grade("orders-elt", "LYNX-1", home=tmp_path)
    with pytest.raises(SourceError, match="--candidate"):
        grade("orders-etl", "Jane Doe.zip", home=tmp_path)
    with pytest.raises(AttributeError):
        _ = runner.no_such_thing
