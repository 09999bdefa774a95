"""What an imported task has in the places that Harbor knows nothing of: to be written by people."""

from __future__ import annotations

import base64
import re
import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WIDTH: Final = 88
_TAGS: Final = re.compile(r"\{[{%#]")

VARIANT: Final = '''\
"""Writes the files that the imported task came with, whatever the seed.

A weakness: every candidate gets the same data, so that answers can be passed on, and hidden
scenarios differ in nothing. Make the files from the seed before the task is used.
"""

import base64
import zlib

from imported_data import FILES


def generate(seed, scenario, public, truth):
    """Write the fixed files."""
    for name, packed in FILES.items():
        path = public / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(zlib.decompress(base64.b64decode("".join(packed))))
    return {}
'''

RUBRIC: Final = """\
schema_version = "1.0"

# Written by the import. Say what the debrief decides on before the first packet goes out.

[[criterion]]
id = "outcome"
title = "Outcome"
definition = "WRITE THIS: what must be right in what was handed in."
weight = 3
[criterion.anchors]
1 = "WRITE THIS: what a reviewer would see at the lowest level."
2 = "WRITE THIS."
3 = "WRITE THIS."
4 = "WRITE THIS: what a reviewer would see at the highest level."

[[criterion]]
id = "reasoning"
title = "Reasoning"
definition = "Whether decisions are tied to what was found, with numbers."
weight = 1
[criterion.anchors]
1 = "Restates the task; no numbers."
2 = "Names decisions with general reasons."
3 = "Ties decisions to what was found, with numbers, and admits a limit."
4 = "As 3, with a rejected alternative and its evidence."

[[prompt]]
id = "P1"
title = "How you know"
text = "How do you know that it is right? Say what you checked, with numbers."
criterion = "reasoning"
max_words = 150

[[prompt]]
id = "P2"
title = "Trade-off"
text = "Which trade-off did you make, and what did you give up for it?"
criterion = "reasoning"
max_words = 150
"""

BRIEF_END: Final = """

---

## What you hand in

Your own data are in `data/`. You hand in the folder you work in, with

{% for one in deliverables %}
- `{{ one.path }}` (at most {{ one.max_size }})
{% endfor %}

**Time budget:** {{ task.time_budget_minutes }} minutes. **Constraint:** {{ task.constraint }}.

`WRITEUP.md` answers:

{% for prompt in prompts %}
- **{{ prompt.id }} {{ prompt.title }}** {{ prompt.text }} (at most {{ prompt.max_words }} words)
{% endfor %}
- **AI use** which tools, for what, and how you checked it
"""

HIDDEN_HEAD: Final = '''\
"""Checks yet to be written, one for each test of the imported task (see imported/tests/).

None gives points to anybody, and none takes points from anybody: a check that raises is the
author's to mend.
"""

import pytest
'''

HIDDEN_CHECK: Final = """

@pytest.mark.check({id}, criterion="outcome", points=1)
def {function}():
    {docstring}
    raise NotImplementedError({message})
"""

PUBLIC_TESTS: Final = '''\
"""Whether every file is there that is to be handed in."""

from pathlib import Path

import pytest


@pytest.mark.parametrize("path", {paths})
def test_file_is_there(path):
    assert Path(path).is_file(), f"{{path}} is missing"
'''

SOLUTIONS: Final = """\
[[solution]]
name = "empty"
note = "Nothing handed in but a README."
"""


def brief_of(instruction: str) -> str:
    """Return ``brief.md``: the instruction, letter by letter, and what is asked for here."""
    return escape(instruction.rstrip("\n")) + BRIEF_END


def escape(text: str) -> str:
    """Return a Jinja2 template that renders to ``text``, with the line ends of Unix."""
    return _TAGS.sub(lambda found: "{{ '" + found[0] + "' }}", text)


def data_module(files: Mapping[str, bytes]) -> str:
    """Return ``imported_data.py``, which carries files of any kind to where the variant is made."""
    lines = ['"""The files of the imported task, compressed; written by the import."""', ""]
    lines.append("FILES = {")
    for name, content in sorted(files.items()):
        text = base64.b64encode(zlib.compress(content, 9)).decode()
        lines.append(f"    {name!r}: (")
        lines += [f'        "{text[at : at + _WIDTH]}",' for at in range(0, len(text), _WIDTH)]
        lines.append("    ),")
    return "\n".join([*lines, "}", ""])


def check_id(name: str) -> str:
    """Return the id of the check that takes the place of a test function."""
    return re.sub(r"[^a-z0-9]+", "-", name.removeprefix("test").lower()).strip("-") or "outcome"


def hidden_tests_of(tests: Sequence[tuple[str, str]]) -> str:
    """Return a file of checks that are yet to be written.

    Args:
        tests: Id and description of each test of the imported task.
    """
    parts = [HIDDEN_HEAD]
    for id_, description in tests:
        parts.append(
            HIDDEN_CHECK.format(
                id=_quoted(id_),
                function=f"test_{id_.replace('-', '_')}",
                docstring=_quoted(description),
                message=_quoted(f"Write this check: {description}"),
            )
        )
    return "".join(parts)


def _quoted(text: str) -> str:
    """Return a Python string in double quotes, on one line and in ASCII."""
    inner = ascii(" ".join(text.split()) or "Not described.")[1:-1]
    return '"' + inner.replace("\\'", "'").replace('"', '\\"') + '"'
