"""The bundled tasks and the seeds that their tests share."""

from __future__ import annotations

from typing import Final

from tasks.catalogs import Catalog

SEEDS: Final = (11, 2024, 9_007_199_254_740_993)
TASKS: Final = {task.id: task for task in Catalog.from_setting(None).all()}
