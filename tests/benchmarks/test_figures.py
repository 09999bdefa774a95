"""Ratios and slopes of figures."""

from __future__ import annotations

import pytest

from benchmarks.figures import ratio, slope


def test_ratio_is_of_the_medians_and_its_range_of_the_rounds() -> None:
    found = ratio([2.0, 9.0, 4.0], [1.0, 3.0, 8.0])
    assert found == (4.0 / 3.0, 0.5, 3.0)
    assert str(found) == "1.33 (0.50 - 3.00)"


def test_ratio_takes_figures_of_the_same_rounds_only() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratio([1.0, 2.0], [1.0])


def test_slope_of_a_line_is_its_change_without_doubt() -> None:
    found = slope([50.0 - 2 * step for step in range(10)])
    assert found.change == pytest.approx(-18.0)
    assert found.uncertainty == pytest.approx(0.0, abs=1e-9)
    assert found.is_seen


def test_slope_agrees_with_another_program() -> None:
    # scipy.stats.linregress of the same values: slope 1.0909091, stderr 0.1750246
    found = slope([1, 4, 2, 6, 5, 9, 6, 8, 12, 11])
    assert found.change / 9 == pytest.approx(1.0909091)
    assert found.uncertainty / 9 == pytest.approx(2.306 * 0.1750246)
    assert found.is_seen


def test_noise_is_no_slope() -> None:
    assert not slope([5.0, 7.0, 4.0, 6.0, 5.0, 6.0, 4.0, 7.0, 5.0, 6.0]).is_seen
