"""Whether the command is the library: same functions, the delivery's settings, nothing in between."""

import feature_reference as reference
import numpy as np
import pandas as pd
import pytest
from feature_frames import (
    CALENDAR_COLUMNS,
    Tally,
    lag_columns,
    read_frame,
    read_settings,
    window_columns,
)
from worksample_checks import numbers

PATH = "out/features.csv"
COMPOSED = ["add_lags", "add_windows", "add_calendar", "add_rates"]


def read_delivery(truth, run: str) -> tuple[pd.DataFrame, pd.DataFrame, dict, list[str]]:
    """Return train, events, settings and the columns of features.csv."""
    folder = truth.public(run)
    settings = read_settings(folder)
    columns = ["event_id", *lag_columns(settings["lags"]), *window_columns(settings["hours"])]
    columns += [*CALENDAR_COLUMNS, f"{settings['rate_by']}_rate"]
    return read_frame(folder / "train.csv"), read_frame(folder / "events.csv"), settings, columns


def read_features(deliverables, truth, run: str) -> tuple[pd.DataFrame, list[str]]:
    """Read features.csv and insist that it is an attempt: nine tenths of the payments are there."""
    _, events, _, columns = read_delivery(truth, run)
    table = deliverables.csv(run, PATH, columns=["event_id"])
    assert list(table.columns) == columns, f"features.csv has the columns {list(table.columns)} instead of {columns}"
    due = events["event_id"].drop_duplicates()
    present = int(due.isin(table["event_id"]).sum())
    assert present >= 0.9 * len(due), f"only {present} of {len(due)} payments are in features.csv of run {run}"
    for name in columns:
        if name not in ("event_id", "business_date"):
            table[name] = cells(table[name], name)
    return table, columns


def cells(series: pd.Series, name: str) -> np.ndarray:
    """Return numbers, missing where the cell is empty."""
    found = np.full(len(series), np.nan)
    filled = (series != "").to_numpy()
    found[filled] = numbers(series[filled], f"{name} of features.csv")
    return found


def compose(library, train: pd.DataFrame, events: pd.DataFrame, settings: dict) -> pd.DataFrame:
    """Return what the candidate's functions make of a delivery that was read by the brief."""
    table = library.tidy(events)
    table = library.add_lags(table, settings["lags"])
    table = library.add_windows(table, settings["hours"])
    table = library.add_calendar(table, settings["day_starts_at"])
    rates = library.fit_rates(library.tidy(train), settings["rate_by"], settings["smoothing"])
    return library.add_rates(table, rates)


def compare(deliverables, library, truth, run: str) -> None:
    table, columns = read_features(deliverables, truth, run)
    train, events, settings, _ = read_delivery(truth, run)
    due = compose(library, train, events, settings)
    assert isinstance(due, pd.DataFrame), f"add_rates returned a {type(due).__name__}, not a table"
    missing = [name for name in columns if name not in due.columns]
    assert not missing, f"the functions give no column {missing[0]!r}"
    assert table["event_id"].tolist() == due["event_id"].tolist(), (
        f"features.csv has {len(table)} rows, the functions give {len(due)}, or the rows are in another order"
    )
    tally = Tally()
    tally.add(table, due[columns], due["event_id"])
    tally.expect_none("features.csv beside the functions on the same delivery")


@pytest.mark.check("command-on-own-data", criterion="robustness", points=1)
def test_command_on_own_data(deliverables, library, truth, substance, measure):
    """On the candidate's own delivery features.csv holds what the functions give for it: tidied, read as
    briefed, with its settings. An error in a function is charged to the check that finds it."""
    measure("true_features", share_of_true_cells(deliverables, truth), "1", reference=1.0)
    substance(*COMPOSED)
    compare(deliverables, library, truth, "public")


@pytest.mark.check("command-on-fresh-data", criterion="robustness", points=2)
def test_command_on_fresh_data(deliverables, library, truth, substance):
    """The same on an unseen delivery with other payments and other settings."""
    substance(*COMPOSED)
    compare(deliverables, library, truth, "fresh")


def share_of_true_cells(deliverables, truth) -> float:
    """Return the share of features of the candidate's own payments that are right by the brief."""
    table, columns = read_features(deliverables, truth, "public")
    train, events, settings, _ = read_delivery(truth, "public")
    due = reference.features(train, events, settings)
    got = due[["event_id"]].merge(table.drop_duplicates("event_id"), on="event_id", how="left")
    tally = Tally()
    tally.add(got.fillna({"business_date": ""}), due[columns[1:]], due["event_id"])
    return 1 - tally.wrong / tally.values
