"""Step 5, first half: what several checks share. Change first: what a reading of the deliverable is.

A check of behaviour insists on substance before it measures: a column of zeros must gain nothing.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from worksample_checks import numbers

FORECAST = "out/forecast.csv"
LEAST_CORRELATION = 0.5


@pytest.fixture
def forecast(deliverables) -> Callable[[str], pd.Series]:
    """Return a run's forecasts by shop, strictly read: anything odd fails the check with the reason."""

    def read(run: str) -> pd.Series:
        table = deliverables.csv(run, FORECAST, columns=["shop", "per_day"])
        return pd.Series(numbers(table["per_day"], "per_day"), index=table["shop"])

    return read


@pytest.fixture
def shops(truth) -> Callable[[str], pd.DataFrame]:
    """Return what is true of the shops of a scenario; cells of a truth file are text."""

    def read(scenario: str) -> pd.DataFrame:
        table = truth.csv(scenario, "shops.csv").set_index("shop")
        return table.astype({"rate": float, "reference": float})

    return read


@pytest.fixture
def substance(forecast, shops) -> Callable[[str], None]:
    """Insist on forecasts that go up and down with the truth, on shops without any difficulty."""

    def insist(run: str) -> None:
        plain = shops(run).query("group == 'plain'")["rate"]
        found = forecast(run)
        found = found[~found.index.duplicated()].reindex(plain.index).fillna(0.0)
        correlation = float(np.corrcoef(found, plain)[0, 1]) if found.nunique() > 1 else 0.0
        assert correlation >= LEAST_CORRELATION, (
            f"The forecasts of shops without difficulties have nothing to do with their sales (correlation {correlation:.2f}, "
            f"{LEAST_CORRELATION} needed): there is nothing yet that could be judged."
        )

    return insist


@pytest.fixture
def error_of(forecast, shops) -> Callable[[str], tuple[float, float]]:
    """Return the mean relative error of a group's forecasts on fresh data, and the reference's."""

    def compute(group: str) -> tuple[float, float]:
        known = shops("fresh").query("group == @group")
        found = forecast("fresh")
        found = found[~found.index.duplicated()].reindex(known.index).fillna(0.0)
        return relative_error(found, known["rate"]), relative_error(known["reference"], known["rate"])

    return compute


def relative_error(found: pd.Series, rate: pd.Series) -> float:
    """Return the mean of how far each is off, as a share of what is true."""
    return float((found / rate - 1.0).abs().mean())
