"""Names in hidden tests that nothing has are found when the task is loaded."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tasks.errors import TaskFormatError
from tasks.hidden_names import FIXTURES
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable

    MakeTask = Callable[..., Path]

ROOT = Path(__file__).parents[2]
FILE = "hidden_tests/test_total.py"
CONFTEST = "hidden_tests/conftest.py"


def error_of(folder: Path) -> TaskFormatError:
    with pytest.raises(TaskFormatError) as caught:
        load_task(folder)
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "reason", "nearest"),
    [
        ('json("fresh", "out', 'json("frsh", "out', "'frsh' is no run of task.toml", "fresh"),
        ('sha256("fresh_again"', 'sha256("fresh_agian"', "'fresh_agian' is no run", "fresh_again"),
        ('"out/total.json")["total"]', '"out/totals.json")["total"]',
         "'out/totals.json' is no deliverable", "out/total.json"),
        ('truth.json("fresh"', 'truth.json("fersh"', "'fersh' is no scenario", "fresh"),
        ('truth.json("fresh"', 'truth.json("volume"', "'volume' is no scenario", None),
        ("def test_total(deliverables,", "def test_total(deliverable,",
         "asks for the fixture 'deliverable', and there is none of that name", "deliverables"),
        ("def test_rerun(deliverables)", "def test_rerun(deliverables, zzzzzz)",
         "asks for the fixture 'zzzzzz'", None),
    ],
)  # fmt: skip
def test_name_that_nothing_has_is_an_error(
    make_task: MakeTask, old: str, new: str, reason: str, nearest: str | None
) -> None:
    error = error_of(make_task(edits=[(FILE, old, new)]))
    assert error.file.startswith(f"sum-column/{FILE}:")
    assert error.key in ("test_total", "test_rerun")
    assert reason in error.reason
    assert error.nearest == nearest


TEST = '''\
import pytest

PATH = "out/total.json"
NAMES = "anything"


@pytest.mark.check("total-is-right", criterion="correctness", points=1)
{decorators}def test_a({arguments}, measure):
    """It holds."""
    measure("rows_read", 1, "rows")
    {body}
'''


@pytest.mark.parametrize(
    ("decorators", "arguments", "body", "reason"),
    [
        ("", "runs", 'assert runs["frsh"].finished', "'frsh' is no run"),
        ("", "runs", 'runs.require("frsh")', "'frsh' is no run"),
        ("", "notebook", 'notebook("frsh")', "'frsh' is no run"),
        ("", "truth", 'truth.public("frsh")', "'frsh' is no scenario"),
        ("", "deliverables", 'deliverables.exists(None, "out/x.json")', "no deliverable"),
        ("", "runs, deliverables", "deliverables.text(NAMES, PATH)", "'anything' is no run"),
    ],
)
def test_each_way_to_name_something_is_looked_at(
    make_task: MakeTask, decorators: str, arguments: str, body: str, reason: str
) -> None:
    source = TEST.format(decorators=decorators, arguments=arguments, body=body)
    assert reason in error_of(make_task(files={FILE: source})).reason


@pytest.mark.parametrize(
    ("decorators", "arguments", "body"),
    [
        ("", "runs", 'assert runs["fresh"].finished'),
        ("", "deliverables", 'deliverables.text("fresh", PATH)'),
        ("", "deliverables", 'run = "x" + "y"; deliverables.text(run, PATH)'),
        ("", "truth, tmp_path, request", 'truth.path("public")'),
        ("", "truth", 'runs = {"a": 1}; assert runs["a"]'),
        ("", "runs", 'runs = {"a": 1}; assert runs["a"]'),
        ("", "runs", 'assert (lambda runs: runs["a"])({"a": 1})'),
        ('@pytest.mark.parametrize("one, other", [(1, 2)])\n', "one, other", "assert one"),
        ('@pytest.mark.parametrize(["one", "other"], [(1, 2)])\n', "one, other", "assert one"),
        ("@pytest.mark.parametrize(NAMES, [1])\n", "anything", "assert anything"),
        ("", "from_conftest, renamed, imported_fixture", "assert renamed"),
    ],
)
def test_what_is_there_or_cannot_be_told_is_let_be(
    make_task: MakeTask, decorators: str, arguments: str, body: str
) -> None:
    source = TEST.format(decorators=decorators, arguments=arguments, body=body)
    conftest = "import pytest\nfrom helper import imported_fixture\n\n"
    conftest += "@pytest.fixture\ndef from_conftest(truth, *, x=1):\n    return 1\n\n"
    conftest += '@pytest.fixture(name="renamed")\ndef make_it(truth, more=2):\n    return 1\n'
    helper = "def test_statistic(left, right):\n    return left - right\n"
    folder = make_task(files={FILE: source, CONFTEST: conftest, "hidden_tests/helper.py": helper})
    assert len(load_task(folder).checks) == 1


def test_a_hook_that_parametrises_may_name_anything(make_task: MakeTask) -> None:
    source = TEST.format(decorators="", arguments="case", body="assert case")
    hook = 'def pytest_generate_tests(metafunc):\n    metafunc.parametrize("case", [1])\n'
    load_task(make_task(files={FILE: source, CONFTEST: hook}))
    without = make_task(id="without-hook", files={FILE: source})
    assert "fixture 'case'" in error_of(without).reason


@pytest.mark.parametrize(
    ("call", "is_found"),
    [
        ('measure("rows_read", 1, "rows")', True),
        ('measure("rows_raed", 1, "rows")', False),
        ('measure(f"rows_{what}", 1, "rows")', True),
        ('measure(f"{what}_kept", 1, "rows")', False),
        ('measure(what, 1, "rows")', True),
        ('measure("rows_" + what, 1, "rows")', True),
        ("helper(measure)", True),
        ("assert measure is not None", True),
        ('print("rows_read")', False),
    ],
)
def test_claim_needs_a_measurement_of_its_name(
    make_task: MakeTask, call: str, is_found: bool
) -> None:
    edit = (FILE, 'measure("rows_read", truth.json("fresh", "total.json")["rows"], "rows")', call)
    folder = make_task(edits=[edit])
    if is_found:
        assert load_task(folder).rubric.claims
        return
    error = error_of(folder)
    assert (error.file, error.key) == ("sum-column/rubric.toml", "claim[rows_read].measurement")
    assert error.reason.startswith("no hidden test calls measure('rows_read', ...)")
    assert error.nearest == ("rows_raed" if "raed" in call else None)


def test_fixtures_are_those_of_the_grade_container() -> None:
    tree = ast.parse((ROOT / "graders" / "inside" / "plugin.py").read_text("utf-8"))
    found = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and any("fixture" in ast.unparse(one) for one in node.decorator_list)
    }
    assert found == FIXTURES
