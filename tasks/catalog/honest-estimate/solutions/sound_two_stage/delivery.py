"""Reading a delivery without pandas, and finding out which ids are one unit."""

import csv
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Readings:
    """Readings as arrays, row by row."""

    reading_ids: list[str]
    ids: list[str]
    conditions: np.ndarray
    values: np.ndarray | None


@dataclass(frozen=True)
class Register:
    """What the register says, id by id."""

    ids: list[str]
    makers: list[str]
    rated: np.ndarray
    tests: np.ndarray


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_fleets(folder: Path) -> list[dict[str, str]]:
    return json.loads((folder / "fleets.json").read_text(encoding="utf-8"))


def read_register(path: Path, key: str) -> Register:
    rows = rows_of(path)
    tests = [name for name in rows[0] if name.startswith("t") and name[1:].isdigit()]
    return Register(
        ids=[row[key] for row in rows],
        makers=[row["maker"] for row in rows],
        rated=np.array([float(row["rated"]) for row in rows]),
        tests=np.array([[float(row[name]) for name in tests] for row in rows]),
    )


def read_readings(path: Path, key: str, target: str) -> Readings:
    rows = rows_of(path)
    conditions = np.array([[float(row[name]) for name in ("load", "inlet", "runtime")] for row in rows])
    values = np.array([float(row[target]) for row in rows]) if target in rows[0] else None
    return Readings([row["reading_id"] for row in rows], [row[key] for row in rows], conditions, values)


def units_of(register: Register) -> dict[str, int]:
    """Number the units behind the ids.

    The median difference of two tests is small for a unit that was tested again, even where some results are
    new altogether. Between such pairs and all others there is a gap: the widest step of the sorted differences.
    """
    scaled = (register.tests - np.median(register.tests, 0)) / register.tests.std(0)
    pairs = []
    for one in range(1, len(scaled)):
        apart = np.median(np.abs(scaled[:one] - scaled[one]), axis=1)
        pairs += [(float(value), one, other) for other, value in enumerate(apart)]
    pairs.sort()
    distances = np.array([pair[0] for pair in pairs[: len(scaled) * 3]])
    steps = distances[1:] / np.maximum(distances[:-1], 1e-3)
    cut = int(steps.argmax()) + 1 if steps.max() > 1.5 else 0
    neighbours = defaultdict(list)
    for _, one, other in pairs[:cut]:
        neighbours[one].append(other)
        neighbours[other].append(one)
    number: dict[int, int] = {}
    for start in range(len(scaled)):
        waiting = [start] if start not in number else []
        while waiting:
            one = waiting.pop()
            if one not in number:
                number[one] = start
                waiting += neighbours[one]
    return {register.ids[one]: unit for one, unit in number.items()}
