"""A certificate of trials that are on record already: nothing here needs an engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from proof_parts import CHECKS, trial

from graders.evidence import Outcome
from graders.grade_containers import GradeContainers
from graders.material import GradingImages
from runner.errors import ProofError
from runner.exit_codes import ExitCode, exit_code_of
from runner.proof.certificate import certificate_sha256, certify, certifying
from runner.proof.validate import Shelf
from runner.records import Records, to_json
from runner.variants import Variant, obtain_variant, seed_of, variant_key
from runner.workshop import Workshop
from sandbox.fake import FakeSandbox
from tasks.loader import load_task
from tasks.variant import variant_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from runner.proof.trial import Entrant, Trial
    from tasks.model import Task

CANDIDATE = "LYNX-42"


@dataclass
class MadeUp:
    """A bench whose trials are made up: which checks each solution misses."""

    missed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    outcome: Outcome = Outcome.FAILED

    def try_out(self, task: Task, seed: int, entrant: Entrant, *, afresh: bool = False) -> Trial:
        missed = self.missed.get(entrant.name, entrant.fails)
        return trial(entrant.name, seed, missed=missed, outcome=self.outcome)


@pytest.fixture
def task(make_task: Callable[..., Path]) -> Task:
    return load_task(make_task())


@pytest.fixture
def workshop(tmp_path: Path, task: Task) -> Iterator[Workshop]:
    """Give a workshop whose records hold the candidate's data."""
    sandbox = FakeSandbox()
    records = Records(tmp_path / "home")
    made = Workshop(
        sandbox=sandbox,
        graders=GradeContainers(sandbox),
        engine=sandbox.info(),
        images=GradingImages(candidate="sha256:c", grade="sha256:g"),
        records=records,
    )
    name = variant_id(
        records.secret(), candidate=CANDIDATE, task_id=task.id, task_version=task.version
    )
    files = {"facts.json": b"{}", "public/public/amounts.csv": b"amount\n7\n"}
    records.add_variant(variant_key(made, task, name), files)
    yield made
    records.close()


def put_on_record(workshop: Workshop, task: Task, **bench: Any) -> None:
    shelf = Shelf(workshop, task, MadeUp(**bench))  # type: ignore[arg-type]
    for entrant in certifying(task):
        shelf.try_out(seed_of(workshop, task, CANDIDATE), entrant)


def variant_of(workshop: Workshop, task: Task) -> Variant:
    return obtain_variant(workshop, task, CANDIDATE)


def test_a_certificate_is_on_record_and_never_tells_the_seed(
    workshop: Workshop, task: Task
) -> None:
    put_on_record(workshop, task)
    variant = variant_of(workshop, task)
    assert certificate_sha256(workshop, task, variant) == ""
    found = certify(workshop, task, CANDIDATE, ready_only=True)
    assert found.variant == variant.id
    assert found.task_digest == task.digest
    assert [one.name for one in found.solutions] == ["sound_plain", "flawed_rounds"]
    assert found.solutions[1].outcomes == {
        "total-is-right": Outcome.FAILED,
        "rerun-is-identical": Outcome.PASSED,
    }
    assert certificate_sha256(workshop, task, variant) == found.sha256
    assert str(seed_of(workshop, task, CANDIDATE)).encode() not in to_json(found)
    assert certify(workshop, task, CANDIDATE) == found


def test_what_was_not_tried_is_refused_where_only_proofs_count(
    workshop: Workshop, task: Task
) -> None:
    with pytest.raises(ProofError, match="tasks prove sum-column --candidate LYNX-42`") as caught:
        certify(workshop, task, CANDIDATE, ready_only=True)
    assert exit_code_of(caught.value) is ExitCode.TASK_INVALID
    assert certificate_sha256(workshop, task, variant_of(workshop, task)) == ""


@pytest.mark.parametrize(
    ("bench", "words"),
    [
        ({"missed": {"sound_plain": CHECKS[1:]}}, "sound_plain has to pass `rerun-is-identical`"),
        ({"missed": {"flawed_rounds": ()}}, "flawed_rounds has to fail `total-is-right`"),
        ({"outcome": Outcome.ERROR}, "`total-is-right` is broken for flawed_rounds"),
        ({"missed": {"flawed_rounds": CHECKS}}, None),
    ],
    ids=["sound fails", "flawed passes", "error", "flawed fails more"],
)
def test_a_variant_is_refused_if_something_does_not_hold_on_it(
    bench: dict[str, Any], words: str | None, workshop: Workshop, task: Task
) -> None:
    put_on_record(workshop, task, **bench)
    variant = variant_of(workshop, task)
    if words is None:
        assert certify(workshop, task, CANDIDATE).sha256
        return
    with pytest.raises(ProofError) as caught:
        certify(workshop, task, CANDIDATE)
    said = str(caught.value)
    assert said.startswith(f"The variant of LYNX-42 is not proven. {words}")
    assert f"on variant {variant.id}" in said
    assert str(seed_of(workshop, task, CANDIDATE)) not in said
    assert certificate_sha256(workshop, task, variant) == ""


def test_a_task_without_solutions_cannot_be_certified(
    workshop: Workshop, make_task: Callable[..., Path]
) -> None:
    gone = ("solutions.toml", "sound_plain/total.py", "flawed_rounds/total.py", "empty/README.md")
    files: dict[str, str | bytes | None] = {f"solutions/{name}": None for name in gone}
    bare = load_task(make_task(id="bare", files=files))
    with pytest.raises(ProofError, match="or send it with --unproven"):
        certify(workshop, bare, CANDIDATE)
