from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.loader import load_task
from tasks.public import public_task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    MakeTask = Callable[..., Path]


def test_only_runs_on_the_own_data_are_named(make_task: MakeTask) -> None:
    public = public_task(
        load_task(make_task()), candidate="LYNX-42", public_files={}, variant="abc"
    )
    assert [run.name for run in public.runs] == ["public"]
    assert "fresh" not in public.model_dump_json()
    assert (public.candidate, public.variant) == ("LYNX-42", "abc")


def test_hidden_run_is_not_named_by_what_continues_it(make_task: MakeTask) -> None:
    task = load_task(make_task(kind="service"))
    public = public_task(task, candidate="A", public_files={})
    assert task.manifest.service is not None
    assert task.manifest.service.continues == "fresh"
    assert public.service is not None
    assert public.service.continues is None


def test_public_run_that_a_service_continues_stays(make_task: MakeTask) -> None:
    edits = [("task.toml", 'continues = "fresh"', 'continues = "train"')]
    public = public_task(
        load_task(make_task(kind="service", edits=edits)), candidate="A", public_files={}
    )
    assert public.service is not None
    assert public.service.continues == "train"
