"""The bundled tasks and the seeds that their tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from tasks.catalogs import Catalog

if TYPE_CHECKING:
    from collections.abc import Iterable

SEEDS: Final = (11, 2024, 9_007_199_254_740_993)
TASKS: Final = {task.id: task for task in Catalog.from_setting(None).all()}
TWO_SEEDS: Final = SEEDS[:2]
"""Those that a run of the whole suite uses."""


def of_a_task(task_id: str, *values: Any, name: str = "") -> Any:
    """Return a parameter for a test that shares its worker with all tests of that task."""
    mark = pytest.mark.xdist_group(f"catalog-{task_id}")
    return pytest.param(*(values or (task_id,)), marks=mark, id=name or task_id)


OF_A_TASK: Final = [of_a_task(task_id) for task_id in TASKS]


def with_their_task(cases: Iterable[tuple[str, str, int]]) -> list[Any]:
    """Return the parameters for cases of (task, submission, seed)."""
    return [of_a_task(t, (t, name, seed), name=f"{t}-{name}-{seed}") for t, name, seed in cases]
