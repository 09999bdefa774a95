"""Every bundled task against its own solutions, in containers, on several seeds.

A sound solution passes every check, a flawed one fails exactly the checks named for it, an empty
one gains nothing. By default each solution runs on one seed, in turn; ``--all-seeds`` (``make
proof``) runs everything on all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from graders.assess import Assessment, AssessRequest, assess
from graders.evidence import ExitKind, Outcome, without_times
from graders.material import GradingImages, SubmissionFile, VariantData
from graders.variants import generate
from sandbox.model import Limits
from tasks.catalogs import Catalog
from tasks.files import read_under

if TYPE_CHECKING:
    from sandbox.docker_engine import DockerSandbox
    from tasks.model import Solution, Task

pytestmark = pytest.mark.docker

SEEDS = (11, 2024, 9_007_199_254_740_993)
PRECONDITIONS = {"notebook-runs-clean"}
"""Checks that no flawed solution may fail alone: without them nothing else can be judged."""
TASKS = {task.id: task for task in Catalog.from_setting(None).all()}


def cases(*, all_seeds: bool) -> list[tuple[str, str, int]]:
    """Return (task, solution, seed)."""
    found = []
    for task in TASKS.values():
        for position, seed in enumerate(SEEDS):
            for number, solution in enumerate(task.solutions):
                if all_seeds or number % len(SEEDS) == position:
                    found.append((task.id, solution.name, seed))
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        chosen = cases(all_seeds=metafunc.config.getoption("--all-seeds"))
        metafunc.parametrize("case", chosen, ids=[f"{t}-{n}-{s}" for t, n, s in chosen])


@pytest.fixture(scope="session")
def images_of(candidate_image: str, grade_image: str) -> GradingImages:
    return GradingImages(candidate=candidate_image, grade=grade_image)


@pytest.fixture(scope="session")
def variants() -> dict[tuple[str, int], VariantData]:
    return {}


def judge(
    sandbox: DockerSandbox, images: GradingImages, task: Task, solution: Solution, data: VariantData
) -> Assessment:
    files = read_under(task.path, f"solutions/{solution.name}")
    return assess(
        AssessRequest(
            sandbox=sandbox,
            task=task,
            images=images,
            limits=Limits(**task.limits.model_dump()),
            files=tuple(SubmissionFile(path=path, content=raw) for path, raw in files.items()),
            data=data,
            run_id="catalog",
        )
    )


def test_solutions_get_the_verdict_they_were_written_for(
    case: tuple[str, str, int],
    docker_sandbox: DockerSandbox,
    images_of: GradingImages,
    variants: dict[tuple[str, int], VariantData],
) -> None:
    task_id, name, seed = case
    task = TASKS[task_id]
    solution = next(one for one in task.solutions if one.name == name)
    if (task_id, seed) not in variants:
        variants[task_id, seed] = generate(
            docker_sandbox, task, image=images_of.grade, seed=seed, scenarios=task.scenarios
        )
    found = judge(docker_sandbox, images_of, task, solution, variants[task_id, seed])
    outcomes = {check.id: check.outcome for check in found.checks}
    details = {check.id: check.detail for check in found.checks if check.detail}
    broken = [check for check, outcome in outcomes.items() if outcome is Outcome.ERROR]
    assert not broken, details
    if solution.kind == "empty":
        assert sum(check.points for check in found.checks) == 0, outcomes
        return
    missed = {check for check, outcome in outcomes.items() if outcome is not Outcome.PASSED}
    assert missed == set(solution.fails), details
    if solution.kind == "sound":
        assert {run.exit_kind for run in found.runs} == {ExitKind.EXITED}
        assert not found.writeup.missing


def test_each_task_has_the_solutions_that_prove_it() -> None:
    assert {task.kind.value for task in TASKS.values()} == {"repo", "notebook", "service"}
    for task in TASKS.values():
        kinds = [one.kind.value for one in task.solutions]
        assert kinds.count("sound") >= 2
        assert kinds.count("flawed") >= 4
        assert kinds.count("empty") == 1
        killed = {check for one in task.solutions for check in one.fails}
        spared = {check.id for check in task.checks} - killed - PRECONDITIONS
        assert not spared, f"{task.id}: no flawed solution fails {sorted(spared)}"


@pytest.mark.parametrize("task_id", TASKS)
def test_variants_are_the_same_for_a_seed_and_differ_between_seeds(
    task_id: str, docker_sandbox: DockerSandbox, grade_image: str
) -> None:
    task = TASKS[task_id]

    def make(seed: int) -> VariantData:
        return generate(
            docker_sandbox, task, image=grade_image, seed=seed, scenarios=task.scenarios
        )

    first, again, other = make(SEEDS[0]), make(SEEDS[0]), make(SEEDS[1])
    assert first == again
    assert set(first.public["public"].values()).isdisjoint(
        value for value in other.public["public"].values() if len(value) > 1000
    )


@pytest.mark.parametrize("task_id", TASKS)
def test_regrading_gives_the_same_evidence(
    task_id: str, docker_sandbox: DockerSandbox, images_of: GradingImages
) -> None:
    task = TASKS[task_id]
    solution = next(one for one in task.solutions if one.kind == "sound")
    data = generate(
        docker_sandbox, task, image=images_of.grade, seed=SEEDS[0], scenarios=task.scenarios
    )

    def once() -> Any:
        found = judge(docker_sandbox, images_of, task, solution, data)
        parts = (found.runs, found.checks, found.criteria, found.measurements, found.claims)
        return without_times([[one.model_dump(mode="json") for one in part] for part in parts])

    assert once() == once()
