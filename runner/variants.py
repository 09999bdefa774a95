"""A candidate's data: which it is, made once and kept."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graders.material import VariantData
from sandbox.strict_json import loads_object
from tasks.public import data_digest
from tasks.variant import variant_id, variant_seed

if TYPE_CHECKING:
    from runner.workshop import Workshop
    from tasks.model import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One candidate's data and its name."""

    id: str
    data: VariantData

    @property
    def public_sha256(self) -> str:
        """Digest over the files that the candidate got."""
        return data_digest(self.data.public["public"])


def obtain_variant(workshop: Workshop, task: Task, candidate: str) -> Variant:
    """Return a candidate's data, made on first need and kept.

    Raises:
        VariantError: the task's generator is broken.
        SandboxError: the machine failed.
    """
    name = variant_id(workshop.records.secret(), **_whose(task, candidate))
    key = variant_key(workshop, task, name)
    kept = workshop.records.find_variant(key)
    if kept is None:
        seed = seed_of(workshop, task, candidate)
        data = workshop.hands.generate(workshop, task, seed=seed)
        workshop.records.add_variant(key, flatten(data))
    else:
        data = unflatten(kept, task.scenarios)
    return Variant(id=name, data=data)


def variant_key(workshop: Workshop, task: Task, name: str) -> str:
    """Return the key under which the records keep the variant of this name."""
    parts = [name, task.digest, workshop.images.grade, *task.scenarios]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def seed_of(workshop: Workshop, task: Task, candidate: str) -> int:
    """Return the seed of a candidate's data; secret, for it gives the hidden scenarios too."""
    return variant_seed(workshop.records.secret(), **_whose(task, candidate))


def _whose(task: Task, candidate: str) -> dict[str, str]:
    return {"candidate": candidate, "task_id": task.id, "task_version": task.version}


def flatten(data: VariantData) -> dict[str, bytes]:
    """Return a variant as one tree of files."""
    files = {"facts.json": _facts(data)}
    for side, scenarios in (("public", data.public), ("truth", data.truth)):
        for scenario, contents in scenarios.items():
            for path, content in contents.items():
                files[f"{side}/{scenario}/{path}"] = content
    return files


def _facts(data: VariantData) -> bytes:
    return json.dumps(dict(data.facts), sort_keys=True, allow_nan=False).encode()


def unflatten(files: dict[str, bytes], scenarios: tuple[str, ...]) -> VariantData:
    """Return the variant that :func:`flatten` made a tree of."""
    sides: dict[str, dict[str, dict[str, bytes]]] = {
        side: {scenario: {} for scenario in scenarios} for side in ("public", "truth")
    }
    for name, content in files.items():
        if name != "facts.json":
            side, scenario, path = name.split("/", 2)
            sides[side][scenario][path] = content
    return VariantData(
        public=sides["public"], truth=sides["truth"], facts=loads_object(files["facts.json"])
    )
