import collections

import numpy as np
import pandas as pd


def extremes(values):
    return min(values) + 1, max(values) + 1


def counts(values):
    return {value + 1: count for value, count in collections.Counter(values).items()}


def days(n):
    return pd.date_range("2026-01-01", periods=n).to_numpy()


def table(rows):
    n = np.arange(rows) + 1
    return pd.DataFrame({"n": n, "label": [f"row {i}" for i in n]})


def ramp(n):
    return np.arange(n) + 1
