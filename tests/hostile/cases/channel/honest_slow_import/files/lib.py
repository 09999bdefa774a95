import collections
import time

import numpy as np
import pandas as pd

time.sleep(3)


def extremes(values):
    return np.int32(min(values)), np.int64(max(values))


def counts(values):
    return dict(collections.Counter(values))


def days(n):
    return pd.date_range("2026-01-01", periods=n).to_numpy().astype("M8[D]")


def table(rows):
    labels = pd.Series(range(rows)).astype(str)
    return pd.DataFrame({"n": range(rows), "label": "row " + labels}).convert_dtypes()


def ramp(n):
    return np.arange(n, dtype=np.uint32)
