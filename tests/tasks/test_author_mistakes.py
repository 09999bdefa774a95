"""Typical mistakes of authors on a new task: each message names file, key and remedy, in full.

The guide for authors quotes these messages; a test holds it to them.
"""
# ruff: noqa: E501  messages stand whole, as an author sees them

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tasks.catalogs import Catalog
from tasks.errors import TaskError
from tasks.loader import load_task
from tasks.model import TaskKind
from tasks.skeleton import create_task

GUIDE = Path(__file__).parents[2] / "docs" / "authoring.md"


class Mistake(NamedTuple):
    """One change to a new task, and what the loader says."""

    file: str
    old: str
    new: str
    message: str
    kind: TaskKind = TaskKind.REPO


TEST = "hidden_tests/test_forecast.py"
MISTAKES = {
    "key misspelt": Mistake("task.toml", "wall_time_s = 60", "wall_time = 60",
        "late-counts/task.toml: limits.wall_time: unknown key (did you mean wall_time_s?)"),
    "key below another table": Mistake("task.toml", "constraint =", "[sandbox]\nconstraint =",
        "late-counts/task.toml: sandbox.constraint: unknown key; "
        "it belongs to the top of the file, above the first table in brackets"),
    "limit at the top": Mistake("task.toml", 'kind = "repo"', 'kind = "repo"\npids = 64',
        "late-counts/task.toml: pids: unknown key; it belongs to the table limits"),
    "one bracket too few": Mistake("task.toml", "[[deliverable]]", "[deliverable]",
        "late-counts/task.toml: deliverable: must be a list: write [[deliverable]], not [deliverable]"),
    "one bracket too many": Mistake("task.toml", "[limits]", "[[limits]]",
        "late-counts/task.toml: limits: must be a table: write [limits], not [[limits]]"),
    "number as text": Mistake("task.toml", "time_budget_minutes = 60", 'time_budget_minutes = "60"',
        "late-counts/task.toml: time_budget_minutes: must be a valid integer, not '60'; write it without quotes"),
    "text as number": Mistake("task.toml", 'version = "0.1.0"', "version = 0.1",
        "late-counts/task.toml: version: must be a valid string, not 0.1; put it in quotes"),
    "version of two numbers": Mistake("task.toml", 'version = "0.1.0"', 'version = "0.1"',
        "late-counts/task.toml: version: must be three numbers, such as 1.0.0, not '0.1'"),
    "folder renamed": Mistake("task.toml", 'id = "late-counts"', 'id = "late-count"',
        "late-counts/task.toml: id: is 'late-count', but the folder is named 'late-counts'"),
    "unknown word": Mistake("task.toml", '"allowed_disclose"', '"allowed"',
        "late-counts/task.toml: ai_policy: must be 'required', 'allowed_disclose' or 'forbidden', "
        "not 'allowed' (did you mean allowed_disclose?)"),
    "unknown image": Mistake("task.toml", '"python-data"', '"python-dat"',
        "late-counts/task.toml: image.name: 'python-dat' is no image for candidates; "
        "there is python-data (did you mean python-data?)"),
    "unit that is none": Mistake("task.toml", '"1 GiB"', '"1 GB"',
        "late-counts/task.toml: limits.memory_bytes: has the unknown unit 'GB'; use B, KiB, MiB or GiB"),
    "placeholder misspelt": Mistake("task.toml", '"{data}"', '"{dat}"',
        "late-counts/task.toml: run[public].command: has the unknown placeholder {dat}; "
        "there are {data}, {out} (did you mean {data}?)"),
    "no TOML": Mistake("task.toml", 'title = "', "title = ",
        "late-counts/task.toml: line 7: is no TOML: Invalid value"),
    "byte order mark": Mistake("rubric.toml", "# Step 6", "\ufeff# Step 6",
        "late-counts/rubric.toml: begins with a byte order mark; save it as UTF-8 without one"),
    "notebook table missing": Mistake("task.toml", '[notebook]\npath = "analysis.ipynb"', "",
        "late-counts/task.toml: notebook: is missing: kind notebook needs this table", TaskKind.NOTEBOOK),
    "notebook named otherwise": Mistake("task.toml", '"analysis.ipynb"', '"Analysis.ipynb"',
        "late-counts/solutions/solutions.toml: solution[sound_plain].name: lacks 'Analysis.ipynb', "
        "which task.toml names as the notebook (did you mean analysis.ipynb?)", TaskKind.NOTEBOOK),
    "anchor missing": Mistake("rubric.toml", '4 = "As 3, and shows', '5 = "As 3, and shows',
        "late-counts/rubric.toml: criterion[data-correctness].anchors: "
        "must have exactly the keys 1, 2, 3 and 4, not ['1', '2', '3', '5']"),
    "criterion of a check": Mistake(TEST, 'criterion="operability"', 'criterion="operabilty"',
        "late-counts/hidden_tests/test_forecast.py: test_every_shop_once.criterion: "
        "'operabilty' is no criterion of this task (did you mean operability?)"),
    "claim without measurement": Mistake(TEST, 'measure("days_offline"', 'measure("offline_days"',
        "late-counts/rubric.toml: claim[days_offline].measurement: "
        "no hidden test calls measure('days_offline', ...); they measure error_corrected, error_offline, offline_days"),
    "check without docstring": Mistake(TEST, '    """A day on which the till was offline says nothing about sales."""\n', "",
        "late-counts/hidden_tests/test_forecast.py:N: test_offline_is_no_count: "
        "must have a docstring that says what it proves"),
    "check without marker": Mistake(TEST, '@pytest.mark.check("offline-is-no-count", criterion="data-correctness", points=3)\n', "",
        "late-counts/hidden_tests/test_forecast.py:N: test_offline_is_no_count: "
        'must carry exactly one @pytest.mark.check("id", criterion="...", points=N), not 0'),
    "id used twice": Mistake(TEST, '"offline-is-no-count"', '"corrections-replace"',
        "late-counts/hidden_tests/test_forecast.py:N: test_offline_is_no_count: "
        "has the id 'corrections-replace' of test_forecast.py::test_corrections_replace"),
    "fixture misspelt": Mistake(TEST, "def test_corrections_replace(error_of, substance, measure)", "def test_corrections_replace(error_of, substence, measure)",
        "late-counts/hidden_tests/test_forecast.py:N: test_corrections_replace: "
        "asks for the fixture 'substence', and there is none of that name (did you mean substance?)"),
    "scenario misspelt": Mistake(TEST, 'truth.json("public"', 'truth.json("publc"',
        "late-counts/hidden_tests/test_forecast.py:N: test_offline_is_no_count: "
        "'publc' is no scenario of task.toml (did you mean public?)"),
    "tabs and blanks": Mistake("variant.py", "    rng = np.random", "\trng = np.random",
        "late-counts/variant.py:N: cannot be parsed by Python 3.x: inconsistent use of tabs and spaces in indentation"),
    "arguments of generate": Mistake("variant.py", "def generate(seed: int, scenario: str, public: Path, truth: Path)", "def generate(seed: int, scenario: str, out: Path)",
        "late-counts/variant.py:N: generate: must have the arguments (seed, scenario, public, truth)"),
    "template unclosed": Mistake("brief.md", "{% endfor %}\n\nand exits", "\n\nand exits",
        "late-counts/brief.md:N: is no Jinja2 template: Unexpected end of template."),
    "solution unlisted": Mistake("solutions/solutions.toml", '[[solution]]\nname = "empty"\nnote = "Nothing handed in but a note."\n', "",
        "late-counts/solutions/solutions.toml: solution: does not list the folder solutions/empty"),
    "check of a solution": Mistake("solutions/solutions.toml", '"corrections-replace"', '"correction-replaces"',
        "late-counts/solutions/solutions.toml: solution[flawed_every_row].fails: "
        "'correction-replaces' is no check of this task (did you mean corrections-replace?)"),
    "flawed without a check": Mistake("solutions/solutions.toml", 'fails = ["corrections-replace"]\n', "",
        "late-counts/solutions/solutions.toml: solution[flawed_every_row].fails: "
        "must name at least one check, for the solution is flawed"),
}  # fmt: skip


NAMES = {
    (
        "hidden_tests",
        "hidden_test",
    ): "late-counts/hidden_test: is nothing that a task folder has (did you mean hidden_tests?)",
    (
        "solutions",
        "solution",
    ): "late-counts/solution: is nothing that a task folder has (did you mean solutions?)",
    (
        "starter",
        "startr",
    ): "late-counts/startr: is nothing that a task folder has (did you mean starter?)",
    (
        "rubric.toml",
        "rubrics.toml",
    ): "late-counts/rubrics.toml: is nothing that a task folder has (did you mean rubric.toml?)",
    (
        "brief.md",
        "story.md",
    ): "late-counts/brief.md: no such file; write there what the candidate reads",
    (
        "variant.py",
        "data.py",
    ): "late-counts/variant.py: no such file; it makes each candidate's data",
    (
        "hidden_tests",
        "tests",
    ): "late-counts/hidden_tests: has no check; mark a test in a file test_*.py",
    (
        "solutions/empty",
        "solutions/hollow",
    ): "late-counts/solutions/solutions.toml: solution[empty].name: has no folder with files beside this file",
}
"""Renamed: from, to, and what the loader says."""


def plain(message: str) -> str:
    """Return a message without lines and what differs between versions of Python and Jinja2."""
    words = re.sub(r"\.(py|md):\d+:", r".\1:N:", message)
    words = re.sub(r"Python 3\.\d+", "Python 3.x", words)
    return re.sub(r"(Invalid value|Unexpected end of template\.).*", r"\1", words)


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_is_named_with_file_key_and_remedy(name: str, tmp_path: Path) -> None:
    mistake = MISTAKES[name]
    folder = create_task("late-counts", mistake.kind, tmp_path)
    path = folder / mistake.file
    text = path.read_text("utf-8")
    assert mistake.old in text
    path.write_text(text.replace(mistake.old, mistake.new, 1), "utf-8")
    with pytest.raises(TaskError) as caught:
        load_task(folder)
    assert plain(str(caught.value)) == mistake.message


@pytest.mark.parametrize(("old", "new"), NAMES)
def test_name_of_a_file_or_folder_is_named(old: str, new: str, tmp_path: Path) -> None:
    folder = create_task("late-counts", TaskKind.REPO, tmp_path)
    (folder / old).rename(folder / new)
    with pytest.raises(TaskError) as caught:
        load_task(folder)
    assert str(caught.value) == NAMES[old, new]


def test_other_files_beside_the_known_ones_are_welcome(tmp_path: Path) -> None:
    folder = create_task("late-counts", TaskKind.REPO, tmp_path)
    for name in ("tills.py", "variants.py", "NOTES.md", "LICENSE"):
        (folder / name).write_text("")
    assert load_task(folder).id == "late-counts"


def test_empty_brief_is_an_error(tmp_path: Path) -> None:
    folder = create_task("late-counts", TaskKind.REPO, tmp_path)
    (folder / "brief.md").write_text(" \n")
    with pytest.raises(TaskError, match=r"late-counts/brief.md: is empty; write there what"):
        load_task(folder)


def test_folder_without_a_manifest_is_named_by_the_catalog(tmp_path: Path) -> None:
    folder = create_task("late-counts", TaskKind.REPO, tmp_path)
    (folder / "task.toml").rename(folder / "tasks.toml")
    with pytest.raises(TaskError) as caught:
        Catalog([tmp_path]).load("late-counts")
    assert str(caught.value) == (
        f"There is no task 'late-counts': {folder} has no task.toml (is tasks.toml meant to be it?)."
    )
    (folder / "tasks.toml").unlink()
    with pytest.raises(TaskError) as caught:
        Catalog([tmp_path]).load("late-counts")
    assert str(caught.value) == f"There is no task 'late-counts': {folder} has no task.toml."


@pytest.mark.parametrize("id", ["..", "../catalog", "", "."])
def test_an_id_leads_nowhere_else(id: str, tmp_path: Path) -> None:
    (tmp_path / "catalog").mkdir()
    with pytest.raises(TaskError, match=r"There is no task .*; the catalog has: none"):
        Catalog([tmp_path / "catalog"]).load(id)


def test_guide_quotes_the_messages_as_they_are() -> None:
    section = GUIDE.read_text("utf-8").partition("## Common errors")[2]
    quoted = section.partition("```\n")[2].partition("```")[0].splitlines()
    assert len(quoted) >= 20
    real = {mistake.message for mistake in MISTAKES.values()} | set(NAMES.values())
    assert [line for line in quoted if plain(line) not in real] == []


def test_a_hostile_solution_may_lack_the_notebook(tmp_path: Path) -> None:
    folder = create_task("late-counts", TaskKind.NOTEBOOK, tmp_path)
    (folder / "solutions" / "hostile_script").mkdir()
    (folder / "solutions" / "hostile_script" / "run.sh").write_text("exit 1\n")
    with (folder / "solutions" / "solutions.toml").open("a") as file:
        file.write('\n[[solution]]\nname = "hostile_script"\nnote = "No notebook at all."\n')
    assert "hostile_script" in [one.name for one in load_task(folder).solutions]
