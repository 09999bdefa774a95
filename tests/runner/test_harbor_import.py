"""Harbor tasks become task folders: what fits is carried, what does not is listed, nothing runs."""

from __future__ import annotations

import base64
import importlib.util
import shutil
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from runner.cli import cli, run
from runner.exit_codes import ExitCode, exit_code_of
from runner.harbor.importing import import_task
from runner.harbor.losses import HarborError
from runner.harbor.stubs import check_id, escape, hidden_tests_of
from runner.packet import build_packet, packet_leaks
from tasks.brief import _ENVIRONMENT, render_brief
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasks.model import Task

    Harbor = Callable[..., Path]

SAMPLE = Path(__file__).parents[1] / "data" / "harbor" / "daily-report"
FACTS: dict[str, object] = {}


@pytest.fixture
def harbor(tmp_path: Path) -> Harbor:
    """Return a function that copies the sample, with changes."""

    def make(files: dict[str, str | bytes | None] | None = None) -> Path:
        folder = tmp_path / "harbor" / SAMPLE.name
        shutil.copytree(SAMPLE, folder)
        for name, content in (files or {}).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        return folder

    return make


def imported(folder: Path, tmp_path: Path) -> tuple[Task, list[str]]:
    target, losses = import_task(folder, tmp_path / "catalog")
    return load_task(target), [str(loss) for loss in losses]


def public_data(task: Task) -> dict[str, bytes]:
    """Return the files that the generator writes; the module is of the import's own making."""
    spec = importlib.util.spec_from_file_location("imported_data", task.path / "imported_data.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    files: dict[str, bytes] = {}
    for name, packed in module.FILES.items():
        files[name] = zlib.decompress(base64.b64decode("".join(packed)))
    return files


def test_the_sample_loads_and_says_what_did_not_fit(tmp_path: Path) -> None:
    task, losses = imported(SAMPLE, tmp_path)
    assert (task.id, task.version, task.kind.value) == ("daily-report", "0.1.0", "repo")
    assert task.manifest.title == "Daily report"
    assert task.manifest.summary == "Sum the sales of each day."
    assert task.manifest.time_budget_minutes == 45
    assert (task.limits.wall_time_s, task.limits.cpus) == (120.0, 2.0)
    assert task.limits.memory_bytes == 1 << 30
    assert [one.path for one in task.submitted_deliverables] == ["report.json"]
    page = (task.path / "IMPORT.md").read_text()
    assert [f"- {loss}" for loss in losses] == [
        line for line in page.splitlines() if line.startswith("- ")
    ]
    for words in ("RUN pip install", "environment.gpus = 1", "verifier.env", "mcp_servers",
                  "the same for every candidate", "the network may have been used",
                  "tests/test_outputs.py", "/app/data/sales.csv"):  # fmt: skip
        assert any(words in loss for loss in losses), words


def test_the_instruction_is_carried_letter_by_letter(tmp_path: Path) -> None:
    task, _ = imported(SAMPLE, tmp_path)
    brief = render_brief(task, facts=FACTS, candidate="LYNX-42")
    instruction = (SAMPLE / "instruction.md").read_text().rstrip("\n")
    assert brief.startswith(instruction)
    assert "{{ day }}, {% raw %} and {# none #}" in brief
    assert "`report.json`" in brief[len(instruction) :]


@pytest.mark.parametrize(
    "text",
    ["{{{{ x }}}}", "{% endraw %}{{ '", "{%- raw -%}", "{", "{#", "'{{' }}", "{ {{%{{#"],
)
def test_no_instruction_is_taken_for_a_template(harbor: Harbor, tmp_path: Path, text: str) -> None:
    task, _ = imported(harbor({"instruction.md": text}), tmp_path)
    assert render_brief(task, facts=FACTS, candidate="A").startswith(f"{text}\n")


@given(st.text("{}%#-+'\"\\ a\n", max_size=40))
def test_what_is_escaped_renders_to_itself(text: str) -> None:
    assert _ENVIRONMENT.from_string(escape(text)).render() == text


def test_environment_files_become_starter_and_data(harbor: Harbor, tmp_path: Path) -> None:
    raw = bytes(range(256)) * 9
    folder = harbor({"environment/model.bin": raw, "environment/sales.csv": "other\n"})
    task, _ = imported(folder, tmp_path)
    sample = SAMPLE / "environment"
    assert (task.path / "starter/helpers.py").read_text() == (sample / "helpers.py").read_text()
    data = public_data(task)
    assert len(data) == 3
    assert set(data) >= {"sales.csv", "model.bin"}
    assert data["model.bin"] == raw
    assert (sample / "data/sales.csv").read_bytes() in data.values()
    assert "every candidate gets the same data" in (task.path / "variant.py").read_text()
    packet = build_packet(task, candidate="LYNX-42", public_files=data, facts=FACTS)
    assert packet_leaks(packet, task, {}) == []


def test_what_has_no_place_in_a_packet_is_kept_as_material(harbor: Harbor, tmp_path: Path) -> None:
    big = "x" * (17 << 20)
    files: dict[str, str | bytes | None] = {
        "environment/BRIEF.md": "x", "environment/ab:c.csv": "x", "environment/big.csv": big,
    }  # fmt: skip
    task, losses = imported(harbor(files), tmp_path)
    for name in ("BRIEF.md", "ab:c.csv", "big.csv"):
        assert (task.path / "imported/environment" / name).is_file()
        assert any(loss.startswith(f"environment/{name}: has no place") for loss in losses)


def test_tests_and_solution_are_kept_and_never_executed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    task, _ = imported(SAMPLE, tmp_path)
    assert not list(tmp_path.rglob("executed-by-mistake"))
    for name in ("tests/test.sh", "tests/test_outputs.py", "solution/solve.sh", "task.toml"):
        assert (task.path / "imported" / name).read_bytes() == (SAMPLE / name).read_bytes()
    assert not list((task.path / "hidden_tests").glob("*outputs*"))
    assert [one.name for one in task.solutions] == ["empty"]


def _without_markers(source: str) -> str:
    """Return checks as plain functions; pytest knows their marker only in a grade container."""
    assert "@pytest.mark.check(" in source
    return source.replace("@pytest.mark.check(", "# (")


def test_checks_stand_for_the_tests_and_are_yet_to_be_written(tmp_path: Path) -> None:
    task, _ = imported(SAMPLE, tmp_path)
    assert [one.id for one in task.checks] == ["report-exists", "report-has-every-day"]
    assert task.checks[0].proves == "The report is there."
    source = (task.path / "hidden_tests/test_imported.py").read_text()
    names: dict[str, Any] = {}
    exec(_without_markers(source), names)
    for check in task.checks:
        with pytest.raises(NotImplementedError, match="Write this check"):
            names[check.function]()


@pytest.mark.parametrize("text", ["say \"no\" \\ and 'yes'", "\\", "}{", 'ünï\ncode\t"', ""])
def test_any_description_gives_a_file_that_parses(text: str) -> None:
    names: dict[str, Any] = {}
    exec(_without_markers(hidden_tests_of([("a-b", text)])), names)
    with pytest.raises(NotImplementedError) as raised:
        names["test_a_b"]()
    assert str(raised.value) == f"Write this check: {' '.join(text.split())}".strip()


def test_tests_of_one_name_become_one_check(harbor: Harbor, tmp_path: Path) -> None:
    more = (
        "def testA():\n    pass\n\n\nasync def test_a():\n    pass\n\n\n"
        "class T:\n    def test(self):\n        pass\n"
    )
    folder = harbor(
        {
            "tests/more.py": more,
            "tests/broken.py": "def (",
            "tests/odd.py": "'\\d'",
            "tests/a.txt": "x",
        }
    )
    task, _ = imported(folder, tmp_path)
    assert sorted(one.id for one in task.checks) == [
        "a", "outcome", "report-exists", "report-has-every-day",
    ]  # fmt: skip
    assert (check_id("test_Über"), check_id("test")) == ("ber", "outcome")


def test_without_python_tests_there_is_one_check_to_write(harbor: Harbor, tmp_path: Path) -> None:
    task, losses = imported(
        harbor({"tests/test_outputs.py": None, "solution/solve.sh": None}), tmp_path
    )
    assert [one.id for one in task.checks] == ["outcome"]
    assert any("there is no solution" in loss for loss in losses)


def test_deliverables_are_found_in_the_instruction_else_stand_in(
    harbor: Harbor, tmp_path: Path
) -> None:
    manifest = (SAMPLE / "task.toml").read_text().replace("artifacts", "others", 1)
    text = "Write `/app/out/a.csv`, /app/b.json. Use /app/helpers.py and /etc/passwd.d/x.txt.\n"
    task, losses = imported(harbor({"task.toml": manifest, "instruction.md": text}), tmp_path)
    assert [one.path for one in task.submitted_deliverables] == ["out/a.csv", "b.json"]
    assert any("/etc/passwd.d/x.txt lies outside of /app" in loss for loss in losses)
    shutil.rmtree(tmp_path / "harbor")
    task, losses = imported(harbor({"task.toml": "", "instruction.md": "Do.\n"}), tmp_path / "b")
    assert [one.path for one in task.submitted_deliverables] == ["result.txt"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ('[environment]\nmemory = "4G"\n', (4 << 30, 600.0)),
        ("[environment]\nmemory_mb = 1\n[verifier]\ntimeout_sec = 99999\n", (32 << 20, 3600.0)),
        ("[environment]\nmemory_mb = true\n[verifier]\ntimeout_sec = nan\n", (2 << 30, 600.0)),
        (f"[verifier]\ntimeout_sec = {'9' * 400}\n", (2 << 30, 600.0)),
        ("environment = 3\n[metadata]\nexpert_time_estimate_min = 1e9\n", (2 << 30, 600.0)),
    ],
)
def test_odd_manifests_give_limits_within_bounds(
    harbor: Harbor, tmp_path: Path, lines: str, expected: tuple[int, float]
) -> None:
    task, _ = imported(harbor({"task.toml": lines}), tmp_path)
    assert (task.limits.memory_bytes, task.limits.wall_time_s) == expected


def test_a_link_out_of_the_folder_is_refused(harbor: Harbor, tmp_path: Path) -> None:
    folder = harbor()
    (folder / "environment/secret.txt").symlink_to("/etc/hostname")
    with pytest.raises(HarborError, match="is a symbolic link"):
        import_task(folder, tmp_path / "catalog")
    assert not (tmp_path / "catalog").exists()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"task.toml": None}, "has no task.toml"),
        ({"instruction.md": None}, "has no instruction.md"),
        ({"instruction.md": None, "steps/one/instruction.md": "x"}, "several steps"),
        ({"task.toml": "a = "}, "cannot be read"),
        ({"task.toml": "a = " + "[" * 5000}, "cannot be read"),
        ({"instruction.md": b"\xff"}, "cannot be read"),
    ],
)
def test_what_is_no_harbor_task_is_refused(
    harbor: Harbor, tmp_path: Path, files: dict[str, str | bytes | None], words: str
) -> None:
    with pytest.raises(HarborError, match=words) as raised:
        import_task(harbor(files), tmp_path / "catalog")
    assert exit_code_of(raised.value) is ExitCode.TASK_INVALID


def test_a_name_is_no_path(harbor: Harbor, tmp_path: Path) -> None:
    manifest = (SAMPLE / "task.toml").read_text().replace("acme/daily-report", "../../Evil Ünit")
    target, _ = import_task(harbor({"task.toml": manifest}), tmp_path / "catalog")
    assert target == tmp_path / "catalog" / "evil-nit"


def test_the_command_shows_the_list_and_overwrites_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["tasks", "import", str(SAMPLE), "-o", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert "rubric.toml: criteria and prompts are stand-ins -> write them" in said.out
    assert "also in IMPORT.md" in said.err
    assert run(["tasks", "import", str(SAMPLE), "-o", str(tmp_path)]) == 3
    assert "is there already" in capsys.readouterr().err
    shown = CliRunner().invoke(cli, ["tasks", "show", "daily-report", "--catalog", str(tmp_path)])
    assert shown.exit_code == 0
    assert "report-exists" in shown.output
