"""The tables that functions are called on, and how their answers are compared."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

TOLERANCE = 1e-6
TIMES = ("at", "known_at")
PAST = ["event_id", "card", "at", "known_at", "amount"]
"""What lags and windows need; other columns are left out."""


def read_frame(path: Path) -> pd.DataFrame:
    """Read a table as the functions get it: text, naive UTC instants, floats; empty is missing."""
    return _read(path).copy()


@cache
def _read(path: Path) -> pd.DataFrame:
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    for name in frame.columns:
        if name in TIMES:
            frame[name] = pd.to_datetime(frame[name], format="%Y-%m-%dT%H:%M:%SZ").astype("datetime64[ns]")
        elif name in ("amount", "fraud"):
            frame[name] = frame[name].replace("", "nan").astype("float64")
        else:
            frame[name] = frame[name].astype(object).where(frame[name] != "", None)
    return frame


def read_settings(folder: Path) -> dict:
    """Read the settings of a delivery."""
    return json.loads((folder / "settings.json").read_text(encoding="utf-8"))


def by_card(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """Return a table for each card, in the order of the rows, for lags and windows."""
    return [part.reset_index(drop=True) for _, part in frame[PAST].groupby("card", sort=False)]


def lag_columns(lags: list[int]) -> list[str]:
    return [name for lag in lags for name in (f"amount_lag_{lag}", f"hours_lag_{lag}")]


def window_columns(hours: list[int]) -> list[str]:
    return [f"{what}_{hour}h" for hour in hours for what in ("count", "sum", "mean")]


CALENDAR_COLUMNS = ["business_date", "weekday", "local_hour"]


def answer(value: object, frame: pd.DataFrame, columns: list[str], what: str) -> pd.DataFrame:
    """Return a function's answer with one row for each of the frame's, in its order, found by `event_id`.

    Fails the check where the answer is no table, lacks a column, or has other rows.
    """
    assert isinstance(value, pd.DataFrame), f"{what} returned a {type(value).__name__}, not a table"
    missing = [name for name in ["event_id", *columns] if name not in value.columns]
    assert not missing, f"the answer of {what} has no column {missing[0]!r} (it has {list(value.columns)[:30]})"
    ids = value["event_id"].tolist()
    due = frame["event_id"].tolist()
    assert len(ids) == len(due), f"{what} was given {len(due)} rows and returned {len(ids)}"
    place = {name: row for row, name in enumerate(ids)}
    assert place.keys() == set(due), f"{what} returned rows with other event_ids than it was given"
    order = [place[name] for name in due]
    found = {name: value[name].to_numpy()[order] for name in columns if name == "business_date"}
    found |= {name: numeric(value[name], f"{name} of {what}")[order] for name in columns if name not in found}
    return pd.DataFrame(found, columns=columns)


def numeric(series: pd.Series, what: str) -> np.ndarray:
    """Return the column as floats; fails the check where it holds no numbers."""
    if series.dtype.kind not in "biuf":
        texts = [cell for cell in series if cell is not None]
        assert not texts, f"{what} holds {str(texts[0])[:40]!r}, which is no number"
        return np.full(len(series), np.nan)
    return series.to_numpy(dtype="float64")


def differ(got: np.ndarray, due: np.ndarray) -> np.ndarray:
    """Tell where two numbers differ by more than a millionth, or one of them is missing."""
    gone = np.isnan(got) | np.isnan(due)
    close = np.abs(np.where(gone, 0, got) - np.where(gone, 0, due)) <= TOLERANCE * np.maximum(
        1, np.abs(np.where(gone, 0, due))
    )
    return np.where(gone, np.isnan(got) != np.isnan(due), ~close)


class Tally:
    """Collects what is wrong over many comparisons, for one sentence at the end."""

    def __init__(self) -> None:
        self.values = 0
        self.wrong = 0
        self.columns: dict[str, int] = {}
        self.example = ""

    def add(self, got: pd.DataFrame, due: pd.DataFrame, ids: pd.Series, rows: np.ndarray | None = None) -> None:
        """Compare the columns of `due`, at the rows where the mask is true."""
        for name in due.columns:
            if due[name].dtype.kind in "biuf":
                mine, theirs = numeric(got[name], name), due[name].to_numpy(dtype="float64")
                wrong = differ(mine, theirs)
            else:
                mine, theirs = texts(got[name]), texts(due[name])
                wrong = mine != theirs
            wrong = wrong if rows is None else wrong & rows
            self.values += len(wrong) if rows is None else int(rows.sum())
            if wrong.any():
                first = int(np.flatnonzero(wrong)[0])
                self.wrong += int(wrong.sum())
                self.columns[name] = self.columns.get(name, 0) + int(wrong.sum())
                self.example = self.example or (
                    f"{name} of {ids.iloc[first]} is {shown(mine[first])} instead of {shown(theirs[first])}"
                )

    def expect_none(self, what: str) -> None:
        """Fail the check if anything was wrong."""
        if not self.values:
            raise RuntimeError(f"{what}: nothing was compared")
        worst = sorted(self.columns, key=lambda name: -self.columns[name])[:4]
        assert not self.wrong, (
            f"{what}: {self.wrong} of {self.values} values are wrong, in {', '.join(worst)}; {self.example}"
        )


def texts(series: pd.Series) -> np.ndarray:
    """Return texts or instants, None where one is missing."""
    return series.astype(object).where(series.notna(), None).to_numpy(dtype=object)


def shown(value: object) -> str:
    if value is None or value != value:
        return "missing"
    return f"{value:.9g}" if isinstance(value, float) else repr(value)
