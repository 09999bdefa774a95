"""A small task folder of each kind, with edits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

HEAD: Final = """\
schema_version = "1.0"
id = "{id}"
version = "1.0.0"
title = "Sum a column"
kind = "{kind}"
summary = "Adds up the amounts of a small file."
time_budget_minutes = 60
ai_policy = "allowed_disclose"
constraint = "60 s, no row is dropped silently"

[image]
name = "python-data"

[limits]
wall_time_s = 30
memory_bytes = "512 MiB"

[[deliverable]]
path = "out/total.json"
media_type = "application/json"
max_bytes = "64 KiB"
"""

RUNS: Final = {
    "repo": """
[[run]]
name = "public"
scenario = "public"
command = ["python", "total.py", "--in", "{data}", "--out", "{out}"]

[[run]]
name = "fresh"
scenario = "fresh"
command = ["python", "total.py", "--in", "{data}", "--out", "{out}"]

[[run]]
name = "fresh_again"
continues = "fresh"
scenario = "fresh"
command = ["python", "total.py", "--in", "{data}", "--out", "{out}"]
""",
    "notebook": """
[[run]]
name = "public"
scenario = "public"

[[run]]
name = "fresh"
scenario = "fresh"

[notebook]
path = "analysis.ipynb"
""",
    "service": """
[[run]]
name = "train"
scenario = "public"
command = ["python", "train.py", "{data}"]

[[run]]
name = "fresh"
scenario = "fresh"
command = ["python", "train.py", "{data}"]

[service]
command = ["python", "serve.py", "--port", "{port}"]
port = 8080
ready_path = "/healthz"
ready_timeout_s = 15
continues = "fresh"
""",
}

RUBRIC: Final = """\
schema_version = "1.0"

[[criterion]]
id = "correctness"
title = "Correctness"
definition = "Whether the numbers are right."
weight = 3
non_negotiable = true
[criterion.anchors]
1 = "Wrong."
2 = "Right on the public data."
3 = "Right."
4 = "Right, and it says how it knows."

[[criterion]]
id = "reasoning"
title = "Reasoning"
definition = "Whether the choices are explained."
weight = 1
[criterion.anchors]
1 = "None."
2 = "Thin."
3 = "Clear."
4 = "Clear, with numbers."

[[prompt]]
id = "P1"
title = "What was wrong"
text = "What did you find wrong with the inputs, with counts?"
criterion = "reasoning"
max_words = 150

[[prompt]]
id = "P2"
title = "Trade-off"
text = "Which trade-off did the constraint force on you?"
criterion = "reasoning"
max_words = 100

[[claim]]
id = "rows_read"
text = "How many rows did you read?"
unit = "rows"
measurement = "rows_read"
"""

BRIEF: Final = """\
# {{ task.title }}

For {{ candidate }}: {{ rows }} rows, {{ limits.memory }} of memory, {{ limits.wall_time_s }} s.
{% for deliverable in deliverables %}
- `{{ deliverable.path }}` ({{ deliverable.media_type }}, up to {{ deliverable.max_size }})
{% endfor %}
{% for prompt in prompts %}
- {{ prompt.id }}: {{ prompt.text }}
{% endfor %}
{% for claim in claims %}
- {{ claim.id }}
{% endfor %}
"""

VARIANT: Final = '''\
"""Makes the data."""


def generate(seed, scenario, public, truth):
    """Write one scenario."""
    hidden_factor_of_the_generator = (seed * 7919) % 104729
    (public / "amounts.csv").write_text(f"amount\\n{hidden_factor_of_the_generator}\\n")
    return {"rows": 1}
'''

HIDDEN: Final = '''\
"""Hidden."""

import pytest


@pytest.mark.check("total-is-right", criterion="correctness", points=2)
def test_total(deliverables, truth, measure):
    """The total is the sum of all amounts."""
    total = deliverables.json("fresh", "out/total.json")["total"]
    expected = truth.json("fresh", "total.json")["the_expected_total"]
    measure("rows_read", truth.json("fresh", "total.json")["rows"], "rows")
    assert total == expected, f"The total is {total}, but should be {expected}."


@pytest.mark.check("rerun-is-identical", criterion="correctness", points=0.5)
def test_rerun(deliverables):
    """A rerun gives the same bytes."""
    first = deliverables.sha256("fresh", "out/total.json")
    assert first == deliverables.sha256("fresh_again", "out/total.json")
'''

SOLUTIONS: Final = """\
[[solution]]
name = "sound_plain"
note = "Reads and adds."

[[solution]]
name = "flawed_rounds"
note = "Rounds each amount."
fails = ["total-is-right"]

[[solution]]
name = "empty"
note = "Nothing handed in but a README."
"""

FILES: Final[dict[str, str]] = {
    "rubric.toml": RUBRIC,
    "brief.md": BRIEF,
    "variant.py": VARIANT,
    "starter/total.py": '"""Begin here."""\n',
    "public_tests/test_shape.py": "def test_shape():\n    pass\n",
    "hidden_tests/test_total.py": HIDDEN,
    "solutions/solutions.toml": SOLUTIONS,
    "solutions/sound_plain/total.py": "print('adds up every amount of the file, exactly')\n",
    "solutions/flawed_rounds/total.py": "print('rounds every amount before it adds it up')\n",
    "solutions/empty/README.md": "Nothing.\n",
}


def _files_of(kind: str) -> dict[str, str]:
    """Return the files of a kind: only repositories have a run ``fresh_again``."""
    if kind == "repo":
        return dict(FILES)
    files = {**FILES, "hidden_tests/test_total.py": HIDDEN.replace('"fresh_again"', '"fresh"')}
    if kind == "notebook":
        solutions = ("sound_plain", "flawed_rounds", "empty")
        files |= {f"solutions/{name}/analysis.ipynb": '{"cells": []}' for name in solutions}
    return files


class MakeTask(Protocol):
    """Writes a task folder and returns it."""

    def __call__(
        self,
        *,
        id: str = "sum-column",
        kind: str = "repo",
        files: Mapping[str, str | bytes | None] | None = None,
        edits: Iterable[tuple[str, str, str]] = (),
    ) -> Path:
        """Write the folder ``id``.

        Args:
            id: Id and folder name.
            kind: repo, notebook or service.
            files: Files added or replaced; None removes one.
            edits: File, text in it, and what to put in its place.
        """


@pytest.fixture
def make_task(tmp_path: Path) -> MakeTask:
    """Return a function that writes a small valid task, with the changes asked for."""

    def make(
        *,
        id: str = "sum-column",
        kind: str = "repo",
        files: Mapping[str, str | bytes | None] | None = None,
        edits: Iterable[tuple[str, str, str]] = (),
    ) -> Path:
        folder = tmp_path / "catalog" / id
        manifest = HEAD.replace("{id}", id).replace("{kind}", kind) + RUNS[kind]
        contents: dict[str, str | bytes | None] = {
            "task.toml": manifest,
            **_files_of(kind),
            **(files or {}),
        }
        for file, old, new in edits:
            text = contents[file]
            assert isinstance(text, str)
            assert old in text, f"{old!r} does not occur in {file}"
            contents[file] = text.replace(old, new, 1)
        for file, content in contents.items():
            if content is not None:
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                data = content.encode() if isinstance(content, str) else content
                (folder / file).write_bytes(data)
        return folder

    return make
