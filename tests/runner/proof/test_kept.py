"""What is kept of a proof: by its grounds, without the seed of anybody, and in the right order."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from proof_parts import CHECKS, trial, variant

from graders.grade_containers import GradeContainers
from graders.material import GradingImages
from runner.errors import CancelledError
from runner.pool import raise_first_error, side_by_side
from runner.proof.certificate import Certificate, CertifiedSolution, certifying
from runner.proof.grounds import grounds
from runner.proof.trial import PublicTrial, entrants
from runner.proof.validate import Plan, Shelf, prove_task, seeds_for, words_of
from runner.records import Records, to_json
from runner.workshop import Workshop
from sandbox.errors import SandboxError
from sandbox.fake import FakeSandbox
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from runner.proof.trial import Entrant, Trial, VariantTrial
    from tasks.model import Task


@pytest.fixture
def task(make_task: Callable[..., Path]) -> Task:
    return load_task(make_task())


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    sandbox = FakeSandbox()
    records = Records(tmp_path / "home")
    yield Workshop(
        sandbox=sandbox,
        graders=GradeContainers(sandbox),
        engine=sandbox.info(),
        images=GradingImages(candidate="sha256:c", grade="sha256:g"),
        records=records,
    )
    records.close()


@dataclass
class CountingBench:
    """Makes trials up, and counts them."""

    made: int = 0
    broken: str = ""

    def try_out(self, task: Task, seed: int, entrant: Entrant, *, afresh: bool = False) -> Trial:
        self.made += 1
        nothing = entrant.kind.value in ("empty", "starter")
        missed = CHECKS if nothing else entrant.fails
        return trial(entrant.name, seed, broken=self.broken, missed=missed)

    def rehearse(self, task: Task, seed: int, entrant: Entrant) -> PublicTrial:
        self.made += 1
        return PublicTrial(
            solution=entrant.name, seed=seed, passed=not self.broken, summary=self.broken
        )

    def examine(self, task: Task, seed: int, *, again: bool) -> VariantTrial:
        self.made += 1
        return variant(seed, again=f"sha256:{seed}" if again else "")


def shelf_on(workshop: Workshop, task: Task, bench: Any, **more: Any) -> Shelf:
    return Shelf(workshop, task, bench, **more)


def test_a_trial_is_made_once_for_its_grounds(workshop: Workshop, task: Task) -> None:
    sound, flawed = certifying(task)
    bench, said = CountingBench(), list[str]()
    shelf = shelf_on(workshop, task, bench, tell=said.append)
    assert shelf.find(2**64 - 1, sound) is None
    first = shelf.try_out(2**64 - 1, sound)
    assert shelf.find(2**64 - 1, sound) == first
    assert shelf_on(workshop, task, bench, tell=said.append).try_out(2**64 - 1, sound) == first
    assert (bench.made, shelf.made, shelf.kept) == (1, 1, 0)
    assert said == [f"sum-column: sound_plain, seed {2**64 - 1}: fails nothing", ""]
    for seed, entrant, number in ((8, sound, 1), (7, flawed, 1), (7, sound, 2)):
        shelf.try_out(seed, entrant, number=number)
    assert bench.made == 4


@pytest.mark.parametrize(
    ("path", "again"),
    [("solutions/sound_plain/total.py", True), ("brief.md", True), ("proof.json", False)],
)
def test_what_the_grounds_are_made_of(
    workshop: Workshop, task: Task, path: str, again: bool
) -> None:
    bench = CountingBench()
    shelf_on(workshop, task, bench).try_out(7, certifying(task)[0])
    with (task.path / path).open("a") as file:
        file.write("\n")
    changed = load_task(task.path)
    shelf_on(workshop, changed, bench).try_out(7, certifying(changed)[0])
    assert bench.made == (2 if again else 1)


def test_a_packet_is_examined_again_when_a_solution_that_it_must_not_hold_has_changed(
    workshop: Workshop, task: Task
) -> None:
    bench = CountingBench()
    shelf_on(workshop, task, bench).examine(7, again=False)
    shelf_on(workshop, task, bench).examine(7, again=False)
    assert bench.made == 1
    with (task.path / "solutions/flawed_rounds/total.py").open("a") as file:
        file.write("\n")
    shelf_on(workshop, load_task(task.path), bench).examine(7, again=False)
    assert bench.made == 2


def test_a_proof_of_what_is_kept_runs_nothing(workshop: Workshop, task: Task) -> None:
    """Every container that the fake engine was asked for would fail: it has no such image."""
    plan, said = Plan(seeds=(5, 6), repeats=3, workers=2), list[str]()
    shelf = shelf_on(workshop, task, CountingBench())
    for seed in plan.seeds:
        shelf.examine(seed, again=seed == 5)
        for entrant in entrants(task):
            shelf.try_out(seed, entrant)
    sound = entrants(task)[0]
    with pytest.raises(SandboxError):
        prove_task(workshop, task, plan)
    for number in (2, 3):
        shelf.try_out(5, sound, number=number)
    shelf.rehearse(5, sound)
    proof = prove_task(workshop, task, plan, tell=said.append)
    assert (proof.made, proof.kept) == (0, plan.count(task))
    assert said == [""] * plan.count(task)
    assert proof.repeats == 3
    assert len(proof.trials) == 2 * 4
    assert [problem.split(";")[0] for problem in proof.problems] == [
        "`rerun-is-identical` catches no flawed solution"
    ]


def test_images_are_grounds_and_whatever_is_told(workshop: Workshop, task: Task) -> None:
    other = Workshop(
        sandbox=workshop.sandbox,
        graders=workshop.graders,
        engine=workshop.engine,
        images=GradingImages(candidate="sha256:other", grade="sha256:g"),
        records=workshop.records,
    )
    keys = {grounds(workshop, task), grounds(other, task), grounds(workshop, task, "7")}
    assert len(keys) == 3
    assert grounds(workshop, task, "7") == grounds(workshop, task, "7")


def test_what_nobody_could_judge_is_tried_again(workshop: Workshop, task: Task) -> None:
    bench = CountingBench(broken="No verdict.")
    shelf = shelf_on(workshop, task, bench)
    for _ in range(2):
        assert shelf.try_out(7, certifying(task)[0]).broken == "No verdict."
    assert bench.made == 2


def test_public_tests_that_failed_are_tried_again(workshop: Workshop, task: Task) -> None:
    sound, _ = certifying(task)
    bench = CountingBench(broken="1 failed")
    shelf = shelf_on(workshop, task, bench)
    assert not shelf.rehearse(7, sound).passed
    bench.broken = ""
    assert shelf.rehearse(7, sound).passed
    assert shelf.rehearse(7, sound).passed
    assert bench.made == 2


def test_everything_is_tried_again_on_demand(workshop: Workshop, task: Task) -> None:
    bench = CountingBench()
    shelf_on(workshop, task, bench).try_out(7, certifying(task)[0])
    shelf_on(workshop, task, bench, again=True).try_out(7, certifying(task)[0])
    assert bench.made == 2


def test_records_keep_the_last_of_a_key(tmp_path: Path) -> None:
    records = Records(tmp_path / "home")
    assert records.find_kept("a") is None
    records.keep("a", b"1")
    records.keep("b", b"2")
    records.keep("a", b"3")
    records.close()
    again = Records(tmp_path / "home")
    assert (again.find_kept("a"), again.find_kept("b")) == (b"3", b"2")
    again.close()


def test_seeds_are_always_the_same_and_never_small() -> None:
    seeds = seeds_for(20)
    assert seeds[:3] == seeds_for(3)
    assert len(set(seeds)) == 20
    assert all(2**32 < seed < 2**64 for seed in seeds)


def test_a_plan_counts_its_steps(task: Task) -> None:
    assert Plan(seeds=(1, 2), repeats=3).count(task) == 2 * (1 + 4) + 2 + 1


def test_a_rehearsal_in_words() -> None:
    found = PublicTrial(solution="sound_plain", seed=7, passed=True, summary="3 passed")
    assert words_of(found) == "check of sound_plain: 3 passed"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "fails nothing"),
        ({"missed": ["total-is-right", "rerun-is-identical"]},
         "fails rerun-is-identical, total-is-right"),
        ({"broken": "No verdict."}, "No verdict."),
    ],
)  # fmt: skip
def test_a_trial_in_words(facts: dict[str, Any], words: str) -> None:
    assert words_of(trial("sound_plain", 7, **facts)) == f"sound_plain, seed 7: {words}"


def test_the_first_sound_and_every_flawed_solution_certify(
    task: Task, make_task: Callable[..., Path]
) -> None:
    assert [one.name for one in certifying(task)] == ["sound_plain", "flawed_rounds"]
    shutil.rmtree(task.path / "solutions")
    assert certifying(load_task(task.path)) == ()


def test_a_certificate_is_the_same_for_the_same_outcomes() -> None:
    def made(**outcomes: Any) -> Certificate:
        solution = CertifiedSolution(name="sound_plain", digest="sha256:1", outcomes=outcomes)
        return Certificate(
            task_id="sum-column",
            task_version="1.0.0",
            task_digest="sha256:t",
            variant="0123456789ab",
            image_digest="sha256:c",
            grade_image_digest="sha256:g",
            solutions=(solution,),
        )

    assert made(a="passed").sha256 == made(a="passed").sha256
    assert made(a="passed").sha256 != made(a="failed").sha256
    assert b"seed" not in to_json(made(a="passed"))


def test_the_first_real_error_is_raised() -> None:
    def ended(error: Exception | None) -> Future[None]:
        future: Future[None] = Future()
        if error:
            future.set_exception(error)
        else:
            future.set_result(None)
        return future

    raise_first_error([ended(None)])
    with pytest.raises(ValueError, match="first"):
        raise_first_error([ended(CancelledError()), ended(ValueError("first")), ended(OSError())])
    with pytest.raises(CancelledError):
        raise_first_error([ended(None), ended(CancelledError())])


def test_jobs_come_back_in_order() -> None:
    turn = threading.Event()

    def first() -> str:
        turn.wait(5)
        return "first"

    def second() -> str:
        turn.set()
        return "second"

    found = side_by_side(FakeSandbox(), [first, second], workers=2, stop=threading.Event())
    assert [one.result() for one in found] == ["first", "second"]
