from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tasks.errors import TaskFormatError
from tasks.loader import load_task
from tasks.model import AiPolicy, MediaType, ProducedBy, SolutionKind, TaskKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    MakeTask = Callable[..., Path]


def error_of(folder: Path) -> TaskFormatError:
    with pytest.raises(TaskFormatError) as caught:
        load_task(folder)
    return caught.value


@pytest.mark.parametrize("kind", ["repo", "notebook", "service"])
def test_valid_task_of_each_kind_loads(make_task: MakeTask, kind: str) -> None:
    task = load_task(make_task(kind=kind))
    assert task.kind is TaskKind(kind)
    assert task.id == task.path.name == "sum-column"
    assert task.version == "1.0.0"


def test_loaded_task_says_what_its_files_say(make_task: MakeTask) -> None:
    task = load_task(make_task())
    assert task.manifest.ai_policy is AiPolicy.ALLOWED_DISCLOSE
    assert task.limits.memory_bytes == 512 << 20
    assert task.manifest.deliverables[0].media_type is MediaType.JSON
    assert [run.name for run in task.manifest.runs] == ["public", "fresh", "fresh_again"]
    assert task.scenarios == ("public", "fresh")
    assert [(check.id, check.points) for check in task.checks] == [
        ("total-is-right", 2.0),
        ("rerun-is-identical", 0.5),
    ]
    assert task.max_points == 2.5
    assert [one.kind for one in task.solutions] == [
        SolutionKind.SOUND,
        SolutionKind.FLAWED,
        SolutionKind.EMPTY,
    ]
    assert task.solutions[1].fails == ("total-is-right",)
    assert (task.solution_path(task.solutions[0]) / "total.py").is_file()


def test_limits_default_as_documented(make_task: MakeTask) -> None:
    folder = make_task(
        edits=[("task.toml", '[limits]\nwall_time_s = 30\nmemory_bytes = "512 MiB"\n', "")]
    )
    limits = load_task(folder).limits.model_dump()
    assert limits == {
        "wall_time_s": 60.0,
        "memory_bytes": 1 << 30,
        "cpus": 1.0,
        "pids": 128,
        "disk_bytes": 256 << 20,
        "output_bytes": 1 << 20,
    }


def test_extra_calls_are_as_named(make_task: MakeTask) -> None:
    edit = ("[[deliverable]]", '[sandbox]\nextra_syscalls = ["mq_open", "splice"]\n[[deliverable]]')
    manifest = load_task(make_task(edits=[("task.toml", *edit)])).manifest
    assert manifest.sandbox.extra_syscalls == ("mq_open", "splice")
    assert load_task(make_task(id="plain")).manifest.sandbox.extra_syscalls == ()


def test_deliverables_are_told_by_their_source(make_task: MakeTask) -> None:
    more = '[[deliverable]]\npath = "model.json"\nmedia_type = "application/json"\n'
    more += 'produced_by = "submission"\nrequired = false\n\n[[run]]'
    task = load_task(make_task(edits=[("task.toml", "[[run]]", more)]))
    assert [one.path for one in task.run_deliverables] == ["out/total.json"]
    assert [one.path for one in task.submitted_deliverables] == ["model.json"]
    assert task.manifest.deliverables[1].produced_by is ProducedBy.SUBMISSION
    assert task.manifest.deliverables[1].max_bytes == 64 << 20
    assert not task.manifest.deliverables[1].required


def test_copy_without_solutions_is_the_same_task(make_task: MakeTask) -> None:
    full = load_task(make_task())
    for path in sorted((full.path / "solutions").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    bare = load_task(full.path)
    assert bare.solutions == ()
    assert bare.digest == full.digest


def test_message_is_one_sentence_with_the_nearest_key(make_task: MakeTask) -> None:
    error = error_of(make_task(id="orders-etl", edits=[("task.toml", "wall_time_s", "wall_time")]))
    assert str(error) == (
        "orders-etl/task.toml: limits.wall_time: unknown key (did you mean wall_time_s?)"
    )
    assert error.nearest == "wall_time_s"


MANIFEST_FAULTS: list[tuple[str, str, str, str, str | None]] = [
    # old, new, key, part of the reason, nearest
    ('title = "Sum', 'tittle = "Sum', "tittle", "unknown key", "title"),
    ("[[deliverable]]", "[[deliverables]]", "deliverables", "unknown key", "deliverable"),
    ('name = "public"\n', 'name = "public"\nscenari = ""\n', "run[public].scenari", "unknown key",
     "scenario"),
    ('name = "public"\n', 'name = "public"\nqqqq = 1\n', "run[public].qqqq", "unknown key", None),
    ('name = "python-data"', 'nam = "python-data"', "image.nam", "unknown key", "name"),
    ('title = "Sum a column"\n', "", "title", "is missing", None),
    ('name = "public"\n', "", "run[1].name", "is missing", None),
    ('schema_version = "1.0"', 'schema_version = "2.0"', "schema_version", "must be '1.0'", None),
    ('kind = "repo"', 'kind = "rep"', "kind", "not 'rep'", "repo"),
    ('ai_policy = "allowed_disclose"', 'ai_policy = "allowed"', "ai_policy", "must be 'required'",
     "allowed_disclose"),
    ('version = "1.0.0"', 'version = "1.0"', "version", "three numbers, such as 1.0.0, not '1.0'",
     None),
    ('version = "1.0.0"', 'version = "01.0.0"', "version", "three numbers, such as", None),
    ('title = "Sum a column"', 'title = "Sum\\na column"', "title", "one line", None),
    ('title = "Sum a column"', 'title = " "', "title", "one line", None),
    ("time_budget_minutes = 60", 'time_budget_minutes = "60"', "time_budget_minutes",
     "valid integer", None),
    ("time_budget_minutes = 60", "time_budget_minutes = true", "time_budget_minutes",
     "valid integer", None),
    ("[image]\nname", "image = 3\n[imag]\nname", "imag", "unknown key", "image"),
    ('[image]\nname = "python-data"', "[[image]]", "image", "must be a table", None),
    ("wall_time_s = 30", "wall_time_s = 0", "limits.wall_time_s", "equal to 1", None),
    ("wall_time_s = 30", "wall_time_s = 3601", "limits.wall_time_s", "less than or equal", None),
    ("wall_time_s = 30", "wall_time_s = nan", "limits.wall_time_s", "must be", None),
    ("wall_time_s = 30", "pids = 15", "limits.pids", "greater than or equal to 16", None),
    ("wall_time_s = 30", "pids = 4097", "limits.pids", "less than or equal to 4096", None),
    ("wall_time_s = 30", "cpus = 0.05", "limits.cpus", "greater than or equal to 0.1", None),
    ("wall_time_s = 30", "cpus = 65", "limits.cpus", "less than or equal to 64", None),
    ('"512 MiB"', '"512 MB"', "limits.memory_bytes", "unknown unit 'MB'", None),
    ('"512 MiB"', '"much"', "limits.memory_bytes", 'such as "256 MiB"', None),
    ('"512 MiB"', '"1 MiB"', "limits.memory_bytes", "between 32 MiB and 64 GiB, not 1 MiB", None),
    ('"64 KiB"', '"2 GiB"', "deliverable[out/total.json].max_bytes", "not 2 GiB", None),
    ('"application/json"', '"text/json"', "deliverable[out/total.json].media_type", "must be",
     "text/csv"),
    ('"out/total.json"', '"/out/total.json"', "deliverable[/out/total.json].path", "inside", None),
    ('"out/total.json"', '"out/../total.json"', "deliverable[out/../total.json].path", "inside",
     None),
    ('"out/total.json"', "'out\\total.json'", "deliverable[out\\total.json].path", "backslash",
     None),
    ('"out/total.json"', '"./out"', "deliverable[./out].path", "without '.'", None),
    ('"out/total.json"', '"out//x"', "deliverable[out//x].path", "without '.'", None),
    ('"out/total.json"', '"out/"', "deliverable[out/].path", "without '.'", None),
    ('"out/total.json"', '"."', "deliverable[.].path", "without '.'", None),
    ('"out/total.json"', '""', "deliverable[1].path", "1 to 200", None),
    ("[[run]]",
     '[[deliverable]]\npath = "out/total.json"\nmedia_type = "text/plain"\n[[run]]',
     "deliverable.path", "'out/total.json' is used 2 times", None),
    ("[[run]]", '[[deliverable]]\npath = "out"\nmedia_type = "text/plain"\n[[run]]',
     "deliverable[out].path", "is a folder of 'out/total.json'", None),
    ('name = "fresh_again"', 'name = "public"', "run.name", "'public' is used 2 times", None),
    ('name = "fresh_again"', 'name = "Fresh"', "run[Fresh].name", "beginning with a letter",
     None),
    ('name = "fresh_again"', 'name = "fresh\\n"', "run[3].name", "must be lower-case letters",
     None),
    ('continues = "fresh"', 'continues = "frsh"', "run[fresh_again].continues",
     "'frsh' is no earlier run", "fresh"),
    ('continues = "fresh"', 'continues = "fresh_again"', "run[fresh_again].continues",
     "no earlier run", "fresh"),
    ('scenario = "public"', 'scenario = "fresh"', "run", "no run on the scenario", None),
    ('"--in", "{data}"', '"--in", "{dat}"', "run[public].command",
     "unknown placeholder {dat}", "{data}"),
    ('"--in", "{data}"', '"--port", "{port}"', "run[public].command", "unknown placeholder", None),
    ('"--in", "{data}"', '"{}"', "run[public].command", "unknown placeholder {}", None),
    ('command = ["python", "total.py", "--in", "{data}", "--out", "{out}"]', "",
     "run[public].command", "is missing: kind repo", None),
    ('command = ["python", "total.py", "--in", "{data}", "--out", "{out}"]', "command = []",
     "run[public].command", "must not be empty", None),
    ('command = ["python", "total.py", "--in", "{data}", "--out", "{out}"]', 'command = "python"',
     "run[public].command", "must be a list", None),
    ('command = ["python", "total.py", "--in", "{data}", "--out", "{out}"]', "command = [7]",
     "run[public].command[1]", "valid string", None),
    ('command = ["python", ', 'command = ["", ', "run[public].command[1]", "not be empty", None),
    ('id = "sum-column"', 'id = "sum-columns"', "id", "folder is named 'sum-column'", None),
    ('id = "sum-column"', 'id = "Sum_Column"', "id", "single hyphens between", None),
    ("[[deliverable]]", '[sandbox]\nextra_syscalls = ["mq_opn"]\n[[deliverable]]',
     "sandbox.extra_syscalls", "'mq_opn' is no call that a task can add", "mq_open"),
    ("[[deliverable]]", '[sandbox]\nextra_syscalls = ["read"]\n[[deliverable]]',
     "sandbox.extra_syscalls", "ordinary ones need no mention", None),
    ("[[deliverable]]", '[sandbox]\nextra_syscalls = ["mq_open", "ptrace"]\n[[deliverable]]',
     "sandbox.extra_syscalls", "'ptrace' is never allowed: it reaches into other", None),
    ("[[deliverable]]", '[sandbox]\nextra_syscalls = ["mount"]\n[[deliverable]]',
     "sandbox.extra_syscalls", "'mount' is never allowed: it changes what the file", None),
    ("[[deliverable]]", '[sandbox]\nextra_syscalls = ["io_uring_setup"]\n[[deliverable]]',
     "sandbox.extra_syscalls", "never allowed: it is a second way to the kernel", None),
    ("[[deliverable]]", '[sandbox]\nextra_syscalls = ["bpf"]\n[[deliverable]]',
     "sandbox.extra_syscalls", "never allowed: it runs programs in the kernel", None),
    ("[[deliverable]]", '[sandbox]\nextra_syscalls = ["tee", "tee"]\n[[deliverable]]',
     "sandbox.extra_syscalls", "'tee' is used 2 times", None),
    ("[[deliverable]]", "[sandbox]\nextra_syscalls = [3]\n[[deliverable]]",
     "sandbox.extra_syscalls[1]", "valid string", None),
    ("[[deliverable]]", '[sandbox]\nextra_syscall = ["tee"]\n[[deliverable]]',
     "sandbox.extra_syscall", "unknown key", "extra_syscalls"),
    ("[[run]]", '[notebook]\npath = "a.ipynb"\n[[run]]', "notebook", "only kind notebook", None),
    ("[[run]]", '[service]\ncommand = ["a"]\nport = 8080\nready_path = "/"\n[[run]]', "service",
     "only kind service", None),
    ("[[run]]", "[upstream]\nport = 80\n[[run]]", "upstream.port", "1024", None),
    ('"{out}"]\n', '"{upstream}"]\n', "run[public].command", "unknown placeholder", None),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "key", "reason", "nearest"), MANIFEST_FAULTS)
def test_manifest_fault_is_named(
    make_task: MakeTask, old: str, new: str, key: str, reason: str, nearest: str | None
) -> None:
    error = error_of(make_task(edits=[("task.toml", old, new)]))
    assert (error.file, error.key, error.nearest) == ("sum-column/task.toml", key, nearest)
    assert reason in error.reason


KIND_FAULTS: list[tuple[str, str, str, str, str, str | None]] = [
    ("notebook", '[notebook]\npath = "analysis.ipynb"\n', "", "notebook", "needs this table", None),
    ("notebook", "analysis.ipynb", "analysis.py", "notebook.path", "must match", None),
    ("notebook", 'scenario = "fresh"', 'scenario = "fresh"\ncommand = ["x"]', "run[fresh].command",
     "must not be given", None),
    ("service", "[service]", "[servic]", "servic", "unknown key", "service"),
    ("service", 'continues = "fresh"', 'continues = "frsh"', "service.continues",
     "'frsh' is no run", "fresh"),
    ("service", "{port}", "{ports}", "service.command", "unknown placeholder", "{port}"),
    ("service", "port = 8080", "port = 80", "service.port", "1024", None),
    ("service", '"/healthz"', '"healthz"', "service.ready_path", "must match", None),
    ("service", "ready_timeout_s = 15", "ready_timeout = 15", "service.ready_timeout",
     "unknown key", "ready_timeout_s"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "old", "new", "key", "reason", "nearest"), KIND_FAULTS)
def test_fault_of_a_kind_is_named(
    make_task: MakeTask, kind: str, old: str, new: str, key: str, reason: str, nearest: str | None
) -> None:
    error = error_of(make_task(kind=kind, edits=[("task.toml", old, new)]))
    assert (error.key, error.nearest) == (key, nearest)
    assert reason in error.reason


UPSTREAM = [("task.toml", "[[run]]", "[upstream]\nport = 9000\n\n[[run]]")]
SERVES = "def make_upstream(folder):\n    return None\n"


def test_upstream_is_loaded(make_task: MakeTask) -> None:
    edits = [*UPSTREAM, ("task.toml", '"{data}"', '"{upstream}"')]
    task = load_task(make_task(edits=edits, files={"upstream.py": SERVES}))
    assert task.manifest.upstream is not None
    assert task.manifest.upstream.url == "http://127.0.0.1:9000"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (None, "no such file"),
        ("def make_upstreem(folder):\n    pass\n", "no top-level function make_upstream"),
        ("def make_upstream(folder, more):\n    pass\n", "must have the arguments (folder)"),
        ("def make_upstream(:\n", "cannot be parsed"),
    ],
)
def test_upstream_without_its_function_is_named(
    make_task: MakeTask, source: str | None, reason: str
) -> None:
    error = error_of(make_task(edits=UPSTREAM, files={"upstream.py": source}))
    assert error.file.startswith("sum-column/upstream.py")
    assert reason in error.reason


def test_upstream_that_is_not_declared_is_named(make_task: MakeTask) -> None:
    error = error_of(make_task(files={"upstream.py": SERVES}))
    assert (error.key, error.reason) == ("upstream", "is missing: there is an upstream.py")


def test_a_service_has_no_upstream(make_task: MakeTask) -> None:
    folder = make_task(kind="service", edits=UPSTREAM, files={"upstream.py": SERVES})
    assert error_of(folder).reason == "must not be given: a service has no upstream"


def test_service_table_is_required_for_a_service(make_task: MakeTask) -> None:
    folder = make_task(edits=[("task.toml", 'kind = "repo"', 'kind = "service"')])
    assert (error_of(folder).key, error_of(folder).reason) == (
        "service",
        "is missing: kind service needs this table",
    )


RUBRIC_FAULTS: list[tuple[str, str, str, str, str | None]] = [
    ("weight = 3", "wieght = 3", "criterion[correctness].wieght", "unknown key", "weight"),
    ("weight = 3", "weight = 0", "criterion[correctness].weight", "greater than 0", None),
    ("weight = 3", "weight = inf", "criterion[correctness].weight", "must be", None),
    ('4 = "Right, and it says how it knows."\n', "", "criterion[correctness].anchors",
     "exactly the keys 1, 2, 3 and 4", None),
    ('1 = "Wrong."', '0 = "x"\n1 = "Wrong."', "criterion[correctness].anchors", "exactly", None),
    ('1 = "Wrong."', '1 = " "', "criterion[correctness].anchors", "1 must say", None),
    ('1 = "Wrong."', "1 = 1", "criterion[correctness].anchors.1", "valid string", None),
    ('id = "reasoning"', 'id = "correctness"', "criterion.id", "used 2 times", None),
    ('id = "P2"', 'id = "p1"', "prompt.id", "'p1' is used 2 times", None),
    ('id = "P2"', 'id = "AI"', "prompt[AI].id", "is taken", None),
    ('id = "P2"', 'id = "2"', "prompt[2].id", "must match", None),
    ('criterion = "reasoning"', 'criterion = "reasonin"', "prompt[P1].criterion",
     "'reasonin' is no criterion", "reasoning"),
    ("max_words = 150", "max_word = 150", "prompt[P1].max_word", "unknown key", "max_words"),
    ('definition = "Whether the numbers are right."', 'definition = ""',
     "criterion[correctness].definition", "must not be empty", None),
    ('unit = "rows"', 'unit = "rows"\ntolerance = -1', "claim[rows_read].tolerance", "equal to 0",
     None),
    ('id = "rows_read"', 'id = "rows-read"', "claim[rows-read].id", "must match", None),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "key", "reason", "nearest"), RUBRIC_FAULTS)
def test_rubric_fault_is_named(
    make_task: MakeTask, old: str, new: str, key: str, reason: str, nearest: str | None
) -> None:
    error = error_of(make_task(edits=[("rubric.toml", old, new)]))
    assert (error.file, error.key, error.nearest) == ("sum-column/rubric.toml", key, nearest)
    assert reason in error.reason


SOLUTION_FAULTS: list[tuple[str, str, str, str, str | None]] = [
    ('name = "empty"', 'name = "emtpy"', "solution[emtpy].name", "must match", None),
    ('name = "sound_plain"', 'name = "sound_plane"', "solution[sound_plane].name", "has no folder",
     "sound_plain"),
    ('name = "empty"', 'name = "sound_plain"', "solution.name", "used 2 times", None),
    ('[[solution]]\nname = "empty"\nnote = "Nothing handed in but a README."\n', "", "solution",
     "does not list the folder solutions/empty", None),
    ('"total-is-right"', '"total-is-rigth"', "solution[flawed_rounds].fails",
     "'total-is-rigth' is no check", "total-is-right"),
    ('"total-is-right"', '"total-is-right", "total-is-right"', "solution[flawed_rounds].fails",
     "used 2 times", None),
    ('fails = ["total-is-right"]', "fails = []", "solution[flawed_rounds].fails", "at least one",
     None),
    ('note = "Reads and adds."', 'note = "x"\nfails = ["total-is-right"]',
     "solution[sound_plain].fails", "has no place in a solution of kind sound", None),
    ('note = "Reads and adds."', "", "solution[sound_plain].note", "is missing", None),
    ("fails =", "fail =", "solution[flawed_rounds].fail", "unknown key", "fails"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "key", "reason", "nearest"), SOLUTION_FAULTS)
def test_solution_fault_is_named(
    make_task: MakeTask, old: str, new: str, key: str, reason: str, nearest: str | None
) -> None:
    error = error_of(make_task(edits=[("solutions/solutions.toml", old, new)]))
    assert (error.file, error.key) == ("sum-column/solutions/solutions.toml", key)
    assert error.nearest == nearest
    assert reason in error.reason


@pytest.mark.parametrize(
    "file", ["task.toml", "rubric.toml", "brief.md", "variant.py", "solutions/solutions.toml"]
)
def test_missing_file_is_named(make_task: MakeTask, file: str) -> None:
    error = error_of(make_task(files={file: None}))
    assert str(error).startswith(f"sum-column/{file}: no such file")


def test_toml_syntax_error_names_the_line(make_task: MakeTask) -> None:
    error = error_of(make_task(edits=[("task.toml", 'version = "1.0.0"', "version 1")]))
    assert error.key == "line 3"
    assert "is no TOML: Expected '='" in error.reason


def test_toml_error_at_the_end_names_the_last_line(make_task: MakeTask) -> None:
    error = error_of(make_task(files={"task.toml": "a = 1\nb = [1,"}))
    assert error.key == "line 2"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("[" * 2000, "cannot be read as TOML"),
        ("1" * 5000, "cannot be read as TOML"),
        ("0x" + "f" * 5000, "less than or equal to 10080"),
    ],
)
def test_value_that_python_cannot_hold_or_print_is_an_error(
    make_task: MakeTask, value: str, reason: str
) -> None:
    edit = ("task.toml", "time_budget_minutes = 60", f"time_budget_minutes = {value}")
    with pytest.raises(TaskFormatError, match=reason) as caught:
        load_task(make_task(edits=[edit]))
    assert len(str(caught.value)) < 300


def test_size_that_python_cannot_print_is_an_error(make_task: MakeTask) -> None:
    edit = ("task.toml", '"512 MiB"', "0x" + "f" * 5000)
    with pytest.raises(TaskFormatError, match="memory_bytes"):
        load_task(make_task(edits=[edit]))


def test_file_of_another_encoding_is_an_error(make_task: MakeTask) -> None:
    error = error_of(make_task(files={"rubric.toml": 'a = "Größe"'.encode("latin-1")}))
    assert error.file == "sum-column/rubric.toml"
    assert "UTF-8" in error.reason


@pytest.mark.parametrize(
    ("source", "key", "reason", "nearest"),
    [
        ("def generat(seed): ...\n", "", "has no top-level function generate", "generat"),
        ("class A:\n    def generate(self): ...\n", "", "has no top-level function", None),
        (
            "def generate(seed, scenario, public): ...\n",
            "generate",
            "must have the arguments",
            None,
        ),
        ("def generate(:\n", "", "cannot be parsed", None),
    ],
)
def test_variant_without_generate_is_an_error(
    make_task: MakeTask, source: str, key: str, reason: str, nearest: str | None
) -> None:
    error = error_of(make_task(files={"variant.py": source}))
    assert error.file.startswith("sum-column/variant.py")
    assert (error.key, error.nearest) == (key, nearest)
    assert reason in error.reason


def test_check_of_an_unknown_criterion_is_an_error(make_task: MakeTask) -> None:
    edit: Any = ("hidden_tests/test_total.py", '"correctness"', '"corectness"')
    error = error_of(make_task(edits=[edit]))
    assert error.file == "sum-column/hidden_tests/test_total.py"
    assert (error.key, error.nearest) == ("test_total.criterion", "correctness")
