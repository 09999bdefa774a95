"""Whether a function says anything about plain payments at all.

Much of what is judged holds for a column of zeros, too: no order of rows changes it, nothing leaks
into it, it is fast. So those checks ask here first. Being right is theirs and the other checks'
matter: here a feature need only go up and down with the right one.
"""

from collections.abc import Callable

import feature_reference as reference
import numpy as np
import pandas as pd
from feature_frames import PAST, answer, lag_columns, window_columns

LEAST_CORRELATION = 0.5
LAGS = [1, 2]
HOURS = [12]
DAY_STARTS_AT = 4
SMOOTHING = 5
PAYMENTS = 80
LABELLED = 240
START = pd.Timestamp("2024-02-05 09:00:00")
SHARES = {"ABLE": 0.05, "BAKER": 0.3, "CHARLIE": 0.6, "DOG": 0.95}


def expect_substance(library, name: str, seed: int) -> None:
    """Fail the check where an answer of the function has nothing to do with the right one."""
    frame, got, due = JUDGED[name](library, np.random.default_rng(seed))
    for column in due.columns:
        found = correlation(got[column].to_numpy(), due[column].to_numpy(dtype="float64"))
        assert found >= LEAST_CORRELATION, (
            f"{column} of {name} has nothing to do with the right one on {len(frame)} plain payments "
            f"(correlation {found:.2f}, {LEAST_CORRELATION} needed): there is no feature yet whose behaviour could be judged"
        )


def correlation(got: np.ndarray, due: np.ndarray) -> float:
    """Return the correlation where both are there; 0 for a constant, and if most values are missing."""
    there = np.isfinite(got) & np.isfinite(due)
    if there.sum() < np.isfinite(due).sum() / 2 or np.ptp(got[there]) == 0:
        return 0.0
    return float(np.corrcoef(got[there], due[there])[0, 1])


def busy_card(rng: np.random.Generator) -> pd.DataFrame:
    """Give one card that pays every few hours by day and night, in order, on time, with every amount."""
    at = START + pd.to_timedelta(rng.integers(600, 5 * 3600, size=PAYMENTS).cumsum(), unit="s")
    frame = pd.DataFrame({
        "event_id": [f"s{number:03d}" for number in range(PAYMENTS)],
        "card": "c1",
        "at": at.astype("datetime64[ns]"),
        "known_at": at.astype("datetime64[ns]"),
        "amount": rng.gamma(2.0, 20.0, size=PAYMENTS).round(2) + 0.01,
    })
    return frame[PAST]


def judge_lags(library, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    frame = busy_card(rng)
    got = answer(library.add_lags(frame, LAGS), frame, lag_columns(LAGS), "add_lags")
    return frame, got, reference.lags(frame, LAGS)


def judge_windows(library, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Leave the mean out: of the few payments in a window, one too many may change it altogether."""
    frame = busy_card(rng)
    got = answer(library.add_windows(frame, HOURS), frame, window_columns(HOURS), "add_windows")
    return frame, got, reference.windows(frame, HOURS)[["count_12h", "sum_12h"]]


def judge_calendar(library, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Take payments by day, where the clock on the wall shows UTC all year."""
    hours = 24 * rng.integers(0, 60, size=PAYMENTS) + rng.integers(0, 10, size=PAYMENTS)
    frame = busy_card(rng).assign(at=START + pd.to_timedelta(hours, unit="h"), zone="Africa/Abidjan")
    frame["at"] = frame["at"].astype("datetime64[ns]")
    columns = ["weekday", "local_hour"]
    got = answer(library.add_calendar(frame, DAY_STARTS_AT), frame, columns, "add_calendar")
    return frame, got, reference.calendar(frame, DAY_STARTS_AT)[columns]


def labelled(rng: np.random.Generator) -> pd.DataFrame:
    """Give payments of many cards, all labelled, at merchants with very different shares of fraud."""
    merchants = np.array(list(SHARES))[rng.integers(0, len(SHARES), size=LABELLED)]
    share = np.array([SHARES[merchant] for merchant in merchants])
    at = (START + pd.to_timedelta(np.arange(LABELLED), unit="h")).astype("datetime64[ns]")
    return pd.DataFrame({
        "event_id": [f"t{number:03d}" for number in range(LABELLED)],
        "card": [f"c{number % 80:02d}" for number in range(LABELLED)],
        "at": at,
        "known_at": at,
        "merchant": merchants.tolist(),
        "fraud": (rng.random(LABELLED) < share).astype("float64"),
    })


def judge_rates(library, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    frame = labelled(rng)
    fitted = library.fit_rates(frame, "merchant", SMOOTHING)
    got = answer(library.add_rates(frame, fitted), frame, ["merchant_rate"], "add_rates")
    return frame, got, merchant_rates(frame)


def judge_train_rates(library, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    frame = labelled(rng)
    got = answer(library.add_train_rates(frame, "merchant", SMOOTHING), frame, ["merchant_rate"], "add_train_rates")
    return frame, got, merchant_rates(frame)


def merchant_rates(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rates fitted on all rows; without three of 240 rows they are hardly others."""
    rates = reference.rates(frame, "merchant", SMOOTHING)
    return pd.DataFrame({"merchant_rate": reference.rates_of(frame["merchant"], rates)})


JUDGED: dict[str, Callable] = {
    "add_lags": judge_lags,
    "add_windows": judge_windows,
    "add_calendar": judge_calendar,
    "add_rates": judge_rates,
    "add_train_rates": judge_train_rates,
}
