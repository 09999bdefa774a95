"""A task's preview page, plain and with hostile text in every place that its author fills."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final, cast

from pydantic import BaseModel

from runner.report.preview import render_preview
from tasks.loader import load_task
from tasks.model import Manifest, Rubric, Task, TaskKind
from tasks.skeleton import create_task

if TYPE_CHECKING:
    from pathlib import Path

SECTIONS: Final = ("brief", "criteria", "writeup", "runs", "signoff")
FOOTER: Final = (
    "Made by worksample from the files of the task. "
    "Not for candidates: it shows what hidden tests look for."
)
BRIEF: Final = """\
# Next week's sales

For LYNX-42: `counts.csv` has **824 rows**.

## The data

| column | content |
| --- | --- |
| `shop` | the shop's name |

* A till may send a day again.

```
python forecast.py --in DATA --out OUT
```
"""


def new_task(kind: TaskKind, folder: Path) -> Task:
    """Return a new task, from a folder of its own."""
    return load_task(create_task(f"late-{kind}", kind, folder))


def render(task: Task, brief: str = BRIEF) -> str:
    """Return the page."""
    return render_preview(task, brief=brief, data_of="LYNX-42")


def render_filled(task: Task, text: str) -> str:
    """Return the page with ``text`` in every place that an author fills."""
    checks = tuple(dataclasses.replace(one, id=text, proves=text) for one in task.checks)
    filled = dataclasses.replace(
        task,
        manifest=cast(Manifest, _fill(task.manifest, text)),
        rubric=cast(Rubric, _fill(task.rubric, text)),
        checks=checks,
        digest=text,
    )
    return render_preview(filled, brief=text, data_of=text)


def _fill(value: object, text: str) -> object:
    """Return a value with every string in it replaced, but ids that link criteria to evidence."""
    if isinstance(value, BaseModel):
        names = type(value).model_fields
        keep = {"criterion", "ai_policy", "kind", "media_type", "produced_by"}
        if "anchors" in names:
            keep.add("id")
        new = {name: _fill(getattr(value, name), text) for name in names if name not in keep}
        return value.model_copy(update=new)
    if isinstance(value, tuple):
        return tuple(_fill(one, text) for one in value)
    if isinstance(value, dict):
        return {key: _fill(one, text) for key, one in value.items()}
    return text if isinstance(value, str) else value
