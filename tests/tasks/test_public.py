from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tasks.loader import load_task
from tasks.public import PublicClaim, PublicPrompt, PublicTask, public_task, task_as_sent

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
    # The public run of the same command, so that the service finds what it needs there, too.
    assert public.service.continues == "train"


def test_a_service_continues_nothing_where_no_public_run_has_that_command(
    make_task: MakeTask,
) -> None:
    command = 'command = ["python", "train.py", "{data}"]'
    edits = [("task.toml", command, 'command = ["python", "prepare.py"]')]  # of the first run
    public = public_task(load_task(make_task(kind="service", edits=edits)),
                         candidate="A", public_files={})  # fmt: skip
    assert public.service is not None
    assert public.service.continues is None


def test_public_run_that_a_service_continues_stays(make_task: MakeTask) -> None:
    edits = [("task.toml", 'continues = "fresh"', 'continues = "train"')]
    public = public_task(
        load_task(make_task(kind="service", edits=edits)), candidate="A", public_files={}
    )
    assert public.service is not None
    assert public.service.continues == "train"


def test_the_types_have_no_field_for_anything_hidden() -> None:
    assert sorted(PublicTask.model_fields) == [
        "ai_policy", "candidate", "claims", "constraint", "data_sha256", "deliverables",
        "extra_syscalls", "id", "image", "image_lock", "kind", "limits", "notebook", "prompts",
        "runs", "schema_version", "service", "time_budget_minutes", "title", "upstream", "variant",
        "version",
    ]  # fmt: skip
    assert sorted(PublicPrompt.model_fields) == ["id", "max_words", "text", "title"]
    assert sorted(PublicClaim.model_fields) == ["id", "text", "unit"]


def test_what_a_claim_is_compared_with_stays_here(make_task: MakeTask) -> None:
    edits = [
        ("rubric.toml", 'measurement = "rows_read"', 'measurement = "secret_name"'),
        ("hidden_tests/test_total.py", 'measure("rows_read"', 'measure("secret_name"'),
    ]
    task = load_task(make_task(edits=edits))
    sent = public_task(task, candidate="A", public_files={}).model_dump_json()
    assert "rows_read" in sent
    for hidden in ("secret_name", "tolerance", "criterion", "weight", "anchors"):
        assert hidden not in sent


def test_the_task_as_sent_runs_as_in_grading_and_cannot_be_graded(make_task: MakeTask) -> None:
    for kind in ("repo", "notebook", "service"):
        task = load_task(make_task(kind=kind, id=f"sum-{kind}"))
        public = public_task(task, candidate="A", public_files={})
        read_back = PublicTask.model_validate_json(public.model_dump_json())
        sent = task_as_sent(read_back, task.path)
        assert sent.limits == task.limits
        assert sent.manifest.deliverables == task.manifest.deliverables
        assert sent.manifest.notebook == task.manifest.notebook
        assert [run.scenario for run in sent.manifest.runs] == ["public"]
        assert [(one.id, one.max_words) for one in sent.rubric.prompts] == [
            ("P1", 150),
            ("P2", 100),
        ]
        assert (sent.checks, sent.solutions, sent.rubric.criteria) == ((), (), ())


def test_every_bundled_task_can_be_sent() -> None:
    from tasks.catalogs import Catalog

    for task in Catalog.from_setting(None).all():
        public = public_task(task, candidate="LYNX-42", public_files={})
        sent = json.loads(public.model_dump_json())
        for hidden in task.scenarios:
            assert hidden == "public" or f'"{hidden}"' not in json.dumps(sent)
        assert task_as_sent(PublicTask.model_validate(sent), task.path).id == task.id
