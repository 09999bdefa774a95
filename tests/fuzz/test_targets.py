"""Every parser of what a candidate sends keeps its promises on whatever comes.

The promises are in the targets; here are the inputs.
"""

from __future__ import annotations

from typing import Final

import pytest
import shapes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from targets import TARGETS

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

SHAPES: Final = {
    "call": shapes.answers(),
    "csv": shapes.TABLES.map(lambda rows: "\n".join(map(",".join, rows)).encode()),
    "executed": shapes.bent_json(TARGETS["executed"].seeds),
    "json": shapes.bent_json(lambda: [b'{"a": [1, 2.5, null, {"b": "c"}], "d": {}}']),
    "manifest": shapes.toml_lines(TARGETS["manifest"].seeds),
    "markdown": shapes.LINES,
    "notebook": shapes.bent_json(TARGETS["notebook"].seeds),
    "png": shapes.PNG_CHUNKS,
    "rubric": shapes.toml_lines(TARGETS["rubric"].seeds),
    "tar": shapes.tars(),
    "text": st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    "verdict": shapes.bent_json(TARGETS["verdict"].seeds),
    "writeup": shapes.LINES,
    "zip": shapes.zips(),
}


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_keeps_the_promises(name: str) -> None:
    for seed in TARGETS[name].seeds():
        TARGETS[name].check(seed)


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_seeds_keep_the_promises(name: str) -> None:
    @patient
    @given(shapes.seeds_of(TARGETS[name]))
    def check(data: bytes) -> None:
        TARGETS[name].check(data)

    check()


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_keep_the_promises(name: str) -> None:
    @patient
    @given(st.binary(max_size=200))
    def check(data: bytes) -> None:
        TARGETS[name].check(data)

    check()


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_almost_right_keeps_the_promises(name: str) -> None:
    @patient
    @given(shapes.damaged(SHAPES[name]))
    def check(data: bytes) -> None:
        TARGETS[name].check(data)

    check()
