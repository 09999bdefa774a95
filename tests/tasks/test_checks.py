from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tasks.checks import find_checks
from tasks.errors import TaskFormatError
from tasks.model import CheckSpec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    MakeTask = Callable[..., Path]

FILE = "hidden_tests/test_total.py"
MARKER = '@pytest.mark.check("a-check", criterion="correctness", points=1)\n'
DOCSTRING = '    """It holds."""\n'


def error_of(folder: Path) -> TaskFormatError:
    with pytest.raises(TaskFormatError) as caught:
        find_checks(folder)
    return caught.value


def test_checks_are_found_with_their_docstrings(make_task: MakeTask) -> None:
    assert find_checks(make_task())[0] == CheckSpec(
        id="total-is-right",
        criterion="correctness",
        points=2.0,
        proves="The total is the sum of all amounts.",
        file="test_total.py",
        function="test_total",
    )


def test_a_precondition_keeps_its_reason(make_task: MakeTask) -> None:
    marker = MARKER.replace("=1)", '=1, precondition="Nothing can be read without it.")')
    (check,) = find_checks(make_task(files={FILE: marker + "def test_a():\n" + DOCSTRING}))
    assert check.precondition == "Nothing can be read without it."


def test_no_line_of_a_hidden_test_is_run(make_task: MakeTask) -> None:
    source = "raise SystemExit(1)\n" + MARKER + "def test_a():\n" + DOCSTRING
    assert [check.id for check in find_checks(make_task(files={FILE: source}))] == ["a-check"]


def test_checks_keep_the_order_of_files_and_lines(make_task: MakeTask) -> None:
    source = MARKER + "def test_z():\n" + DOCSTRING
    folder = make_task(files={"hidden_tests/test_a.py": source})
    assert [check.id for check in find_checks(folder)] == [
        "a-check",
        "total-is-right",
        "rerun-is-identical",
    ]


def test_parametrised_test_is_one_check(make_task: MakeTask) -> None:
    source = '@pytest.mark.parametrize("x", [1, 2])\n' + MARKER + "def test_a(x):\n" + DOCSTRING
    assert len(find_checks(make_task(files={FILE: source}))) == 1


def test_helpers_and_fixtures_are_no_checks(make_task: MakeTask) -> None:
    source = "class Client:\n    def test_connection(self): ...\n\ndef helper(): ...\n\n"
    source += MARKER + "def test_a():\n" + DOCSTRING
    folder = make_task(
        files={
            FILE: source,
            "hidden_tests/helpers.py": "def test_x(): ...\n",
            "hidden_tests/a.csv": "a",
        }
    )
    assert len(find_checks(folder)) == 1


@pytest.mark.parametrize(
    ("source", "line", "key", "reason"),
    [
        ("\ndef test_a():\n" + DOCSTRING, 2, "test_a", "exactly one @pytest.mark.check"),
        (MARKER + MARKER + "def test_a():\n" + DOCSTRING, 3, "test_a", "exactly one"),
        (MARKER + "def test_a():\n    pass\n", 2, "test_a", "must have a docstring"),
        (MARKER + 'def test_a():\n    """ """\n', 2, "test_a", "must have a docstring"),
        (MARKER + "async def test_a():\n" + DOCSTRING, 2, "test_a", "not async"),
        ("class TestA:\n    pass\n", 1, "TestA", "not a class"),
        ("if True:\n    def test_a(): ...\n", 2, "test_a", "top level"),
        ("try:\n    pass\nexcept OSError:\n    def test_a(): ...\n", 4, "test_a", "top level"),
        (MARKER + "def a_test():\n" + DOCSTRING, 2, "a_test", "is no function test_*"),
        ("def testing():\n" + DOCSTRING, 1, "testing", "exactly one"),
    ],
)
def test_misplaced_or_unmarked_test_is_named(
    make_task: MakeTask, source: str, line: int, key: str, reason: str
) -> None:
    error = error_of(make_task(files={FILE: source}))
    assert (error.file, error.key) == (f"sum-column/{FILE}:{line}", key)
    assert reason in error.reason


@pytest.mark.parametrize(
    ("marker", "reason", "nearest"),
    [
        ("@pytest.mark.check", "with arguments", None),
        ("@pytest.mark.check()", "must be marked as", None),
        ('@pytest.mark.check("a", points=1)', "must be marked as", None),
        ('@pytest.mark.check("a", "b", criterion="c", points=1)', "must be marked as", None),
        ('@pytest.mark.check("a", criterio="c", points=1)', "argument criterio", "criterion"),
        ('@pytest.mark.check("a", **more)', "argument **", None),
        ('@pytest.mark.check(NAME, criterion="c", points=1)', "id as a literal, not NAME", None),
        ('@pytest.mark.check("a", criterion=C, points=1)', "criterion as a literal", None),
        ('@pytest.mark.check("a", criterion="c", points=N)', "points as a literal", None),
        ('@pytest.mark.check("A b", criterion="c", points=1)', "lower-case words", None),
        ('@pytest.mark.check(7, criterion="c", points=1)', "lower-case words", None),
        ('@pytest.mark.check("a", criterion=7, points=1)', "which is no string", None),
        ('@pytest.mark.check("a", criterion="c", points=0)', "above 0", None),
        ('@pytest.mark.check("a", criterion="c", points=-1)', "above 0", None),
        ('@pytest.mark.check("a", criterion="c", points=101)', "up to 100", None),
        ('@pytest.mark.check("a", criterion="c", points=1e999)', "up to 100", None),
        ('@pytest.mark.check("a", criterion="c", points=True)', "up to 100", None),
        ('@pytest.mark.check("a", criterion="c", points="1")', "up to 100", None),
        ('@pytest.mark.check("a", criterion="c", points=1, precondition=" ")', "the reason", None),
        ('@pytest.mark.check("a", criterion="c", points=1, precondition=1)', "the reason", None),
    ],
)
def test_marker_fault_is_named(
    make_task: MakeTask, marker: str, reason: str, nearest: str | None
) -> None:
    error = error_of(make_task(files={FILE: f"{marker}\ndef test_a():\n{DOCSTRING}"}))
    assert (error.file, error.key) == (f"sum-column/{FILE}:2", "test_a")
    assert error.nearest == nearest
    assert reason in error.reason


def test_id_used_twice_names_both(make_task: MakeTask) -> None:
    source = MARKER.replace("a-check", "total-is-right") + "def test_b():\n" + DOCSTRING
    error = error_of(make_task(files={"hidden_tests/test_z.py": source}))
    assert error.file == "sum-column/hidden_tests/test_z.py:2"
    assert "test_total.py::test_total" in error.reason


@pytest.mark.parametrize("file", ["hidden_tests/total_check.py", "hidden_tests/deep/test_x.py"])
def test_check_in_a_file_that_is_not_collected_is_an_error(make_task: MakeTask, file: str) -> None:
    error = error_of(make_task(files={file: MARKER + "def test_a():\n" + DOCSTRING}))
    assert error.file == f"sum-column/{file}:2"


@pytest.mark.parametrize("files", [{FILE: None}, {FILE: "x = 1\n"}])
def test_task_without_checks_is_an_error(make_task: MakeTask, files: dict[str, str | None]) -> None:
    error = error_of(make_task(files=files))
    assert str(error) == "sum-column/hidden_tests: has no check; mark a test in a file test_*.py"


@pytest.mark.parametrize("source", ["def test_a(:\n", "a = '\0'\n"])
def test_file_that_python_cannot_parse_is_named(make_task: MakeTask, source: str) -> None:
    error = error_of(make_task(files={FILE: source}))
    assert error.file.startswith(f"sum-column/{FILE}")
    assert "cannot be parsed by Python" in error.reason
