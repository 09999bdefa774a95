from __future__ import annotations

import itertools

import pytest

from tasks.errors import CandidateCodeError
from tasks.variant import check_candidate_code, variant_id, variant_seed

SECRET = bytes(range(32))
FIELDS = {"candidate": "LYNX-42", "task_id": "orders-etl", "task_version": "1.0.0"}


def test_seed_and_id_never_change() -> None:
    """Candidates hold data made from these; another derivation would grade them on other data."""
    assert variant_seed(SECRET, **FIELDS) == 9274838964311652998
    assert variant_id(SECRET, **FIELDS) == "372f4ae55115"


def test_seed_has_64_bits() -> None:
    seeds = [variant_seed(SECRET, **{**FIELDS, "candidate": f"C{n}"}) for n in range(200)]
    assert len(set(seeds)) == 200
    assert 1 << 62 < max(seeds) < 1 << 64


@pytest.mark.parametrize("name", [variant_seed, variant_id])
@pytest.mark.parametrize(
    "change",
    [{"candidate": "LYNX-43"}, {"task_id": "orders"}, {"task_version": "1.0.1"}],
)
def test_variant_differs_by_each_field(name: object, change: dict[str, str]) -> None:
    assert callable(name)
    assert name(SECRET, **FIELDS) != name(SECRET, **{**FIELDS, **change})


def test_variant_differs_by_secret() -> None:
    other = bytes(32)
    assert variant_seed(SECRET, **FIELDS) != variant_seed(other, **FIELDS)
    assert variant_id(SECRET, **FIELDS) != variant_id(other, **FIELDS)


def test_fields_cannot_run_into_each_other() -> None:
    splits = [
        variant_seed(SECRET, candidate="a" * i, task_id="a" * j, task_version="a" * (9 - i - j))
        for i, j in itertools.product(range(1, 8), range(1, 8))
        if i + j < 9
    ]
    assert len(set(splits)) == len(splits)


def test_id_tells_nothing_about_the_seed() -> None:
    seed = f"{variant_seed(SECRET, **FIELDS):016x}"
    name = variant_id(SECRET, **FIELDS)
    assert len(name) == 12
    assert name not in seed
    assert seed[:12] != name


def test_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16 bytes"):
        variant_seed(b"guessable", **FIELDS)


@pytest.mark.parametrize("code", ["LYNX-42", "a", "7", "a.b_c-d", "x" * 40])
def test_candidate_code_is_returned_unchanged(code: str) -> None:
    assert check_candidate_code(code) == code


@pytest.mark.parametrize(
    "code",
    ["", "-a", ".a", "_a", "a b", "a/b", "a\n", "x" * 41, "ä", "..", "a\0"],
)
def test_malformed_candidate_code_is_refused(code: str) -> None:
    with pytest.raises(CandidateCodeError, match="is not a candidate code") as caught:
        check_candidate_code(code)
    assert caught.value.code == code
    with pytest.raises(CandidateCodeError):
        variant_seed(SECRET, **{**FIELDS, "candidate": code})
