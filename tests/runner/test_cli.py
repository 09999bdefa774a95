"""The command line: help, exit codes, what goes to stdout and what to stderr."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner
from owned import containers_of

from graders.evidence import Evidence
from runner.cli import COMMANDS, cli, run
from runner.exit_codes import BY_ERROR, MEANINGS, ExitCode, exit_code_of

if TYPE_CHECKING:
    from sandbox.docker_engine import DockerSandbox

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
NEEDS_ENGINE = (
    ["images", "build"],
    ["images", "list"],
    ["packet", "orders-etl", "--candidate", "LYNX-42"],
    ["tasks", "validate", "orders-etl"],
    ["tasks", "prove", "orders-etl", "--candidate", "LYNX-42"],
    ["tasks", "export", "orders-etl"],
    ["grade", "orders-etl", "tasks"],
    ["regrade"],
    ["cleanup"],
    ["demo"],
)


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(command, click.Group):
        return [path]
    context = click.Context(command)
    found = []
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        assert child is not None
        found += leaves(child, (*path, name))
    return found


ALL = leaves(cli)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_has_help_and_stands_in_the_readme(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(cli, [*path, "--help"])
    assert shown.exit_code == 0
    words = shown.output.split("Options:")[0].splitlines()
    assert any(line.startswith("  ") and line.strip() for line in words[1:])
    assert f"worksample {' '.join(path)}" in README


def test_help_reads_like_a_table_of_contents() -> None:
    shown = CliRunner().invoke(cli, ["--help"]).output
    rows = shown.split("Commands:\n")[1].splitlines()
    assert [row.split()[0] for row in rows] == list(COMMANDS)
    assert not [row for row in rows if row.endswith("...")]


def test_every_error_has_an_exit_code_and_the_readme_has_them_all() -> None:
    table = dict(re.findall(r"^\| `(\d+)` \| (.+?) \|$", README, re.MULTILINE))
    assert table == {str(code.value): text for code, text in MEANINGS.items()}
    assert {code for _, code in BY_ERROR} <= set(ExitCode)
    assert exit_code_of(ValueError("anything")) is ExitCode.UNEXPECTED


@pytest.mark.parametrize("command", NEEDS_ENGINE, ids=" ".join)
def test_without_an_engine_one_sentence_with_the_remedy_and_exit_5(
    command: list[str], elsewhere: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("DOCKER_HOST", f"unix://{elsewhere}/no-engine.sock")
    assert run(command) == ExitCode.SANDBOX_UNAVAILABLE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "worksample doctor --fix" in captured.err


@pytest.mark.parametrize(
    "command", [["tasks", "list"], ["tasks", "show", "orders-etl"], ["schema", "task"], ["results"]]
)
def test_what_needs_no_engine_works_without(
    command: list[str], elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{elsewhere}/no-engine.sock")
    assert run(command) == ExitCode.DONE


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        (["tasks", "show", "order-etl"], ExitCode.TASK_INVALID, "did you mean orders-etl"),
        (["tasks", "list", "--catalog", "/no/such"], ExitCode.TASK_INVALID, "no such folder"),
        (["grade", "orders-etl"], ExitCode.USAGE, "Name a TASK"),
        (["report"], ExitCode.USAGE, "worksample grade"),
        (["export", "junit"], ExitCode.USAGE, "worksample grade"),
        (["export", "pdf"], ExitCode.USAGE, "junit"),
        (["nonsense"], ExitCode.USAGE, "No such command"),
        (["packet", "orders-etl", "--candidate", "Ann Smith"], ExitCode.USAGE, "LYNX-42"),
        (["tasks", "prove", "orders-etl", "--candidate", "A B"], ExitCode.USAGE, "LYNX-42"),
        (["tasks", "prove", "orders-etl"], ExitCode.USAGE, "--candidates FILE"),
        (["tasks", "validate", "orders"], ExitCode.TASK_INVALID, "orders-etl"),
        (
            ["grade", "orders-etl", "a", "b", "--candidate", "X"],
            ExitCode.USAGE,
            "once for each",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_mistakes_get_their_exit_code_and_a_remedy(
    command: list[str], code: ExitCode, words: str, elsewhere: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert run(command) == code
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.out == ""


def test_schemas_are_json_schemas(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("task", "evidence", "proof", "kill-matrix", "certificate"):
        assert run(["schema", name]) == 0
        assert json.loads(capsys.readouterr().out)["type"] == "object"


# A test run in the background of a shell inherits an ignored SIGINT; a user's terminal does not.
START = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from runner.cli import main
main()
"""


def worksample(*words: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", START, *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.docker
def test_json_on_stdout_and_everything_else_on_stderr(
    tmp_path: Path, candidate_image: str, grade_image: str
) -> None:
    source = ROOT / "tasks/catalog/orders-etl/solutions/empty"
    with worksample(
        "grade", "orders-etl", str(source), "--format", "json", "-o", "out", folder=tmp_path
    ) as process:
        out, err = process.communicate()
    assert process.returncode == 0, err
    answer = json.loads(out)
    assert sorted(answer) == ["evidence", "schema"]
    evidence = Evidence.model_validate(answer["evidence"][0])
    assert evidence.points == 0
    assert "1/1" in err
    assert (tmp_path / "out" / "index.html").exists()
    (written,) = (tmp_path / "out").glob("*.evidence.json")
    assert Evidence.model_validate_json(written.read_text()) == evidence


@pytest.mark.docker
@pytest.mark.parametrize("number", [2, 15], ids=["ctrl-c", "sigterm"])
def test_an_interrupt_leaves_no_container_and_no_half_grading(
    tmp_path: Path,
    candidate_image: str,
    grade_image: str,
    docker_sandbox: DockerSandbox,
    number: int,
) -> None:
    submission = tmp_path / "LYNX-1"
    submission.mkdir()
    (submission / "etl.py").write_text("import time; time.sleep(50)")
    process = worksample("grade", "orders-etl", str(submission), folder=tmp_path)
    try:
        _wait_for_container(docker_sandbox, process.pid)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == ExitCode.INTERRUPTED
    assert "Interrupted" in err
    assert _candidates_of(docker_sandbox, process.pid) == []
    with worksample("results", "--format", "json", folder=tmp_path) as after:
        assert json.loads(after.communicate()[0])["results"] == []


def _candidates_of(sandbox: DockerSandbox, pid: int) -> list[dict[str, Any]]:
    return [one for one in containers_of(sandbox, pid) if one["worksample.role"] == "candidate"]


def _wait_for_container(sandbox: DockerSandbox, pid: int) -> None:
    deadline = time.monotonic() + 90
    while not _candidates_of(sandbox, pid):
        assert time.monotonic() < deadline, "no candidate container came up"
        time.sleep(0.1)
    time.sleep(0.5)


def test_the_contents_say_of_a_command_what_it_says_of_itself() -> None:
    for name, words in COMMANDS.items():
        command = cli.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None
        assert command.get_short_help_str(200) == words


def test_help_imports_no_command_and_no_library_but_click() -> None:
    look = (
        "import sys; from runner.cli import run; run(['--help']); "
        "print(*sorted(m for m in sys.modules if m.startswith('runner.cli.') "
        "or m in ('pandas', 'sqlalchemy', 'docker', 'rich', 'pydantic')), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert "grade" in done.stdout
    assert done.stderr.strip() == ""
