"""Which ids are one unit: told from nameplate, acceptance tests, serials and dates, never from the target."""

import numpy as np
import pandas as pd

NAMEPLATE = ["maker", "model", "rated"]
UNRELATED_SHARE = 0.001  # of pairs that cannot be one unit, so many have tests as near as `far`
NEAR = 0.8  # of `far`: near enough without a serial's word
PLACEHOLDER_SHARE = 0.05  # a serial on so many ids says nothing ("0000")


def find_units(register: pd.DataFrame, readings: pd.DataFrame, key: str) -> pd.Series:
    """Return a unit for each id (by id).

    Two ids may be one unit if their nameplates are equal and their readings do not overlap in time: an overhauled
    unit has its later readings under the new id. They are one if their test results are also as near as those of
    unrelated ids hardly ever are. How near that is the fleet itself tells: ids with different nameplates cannot be
    one unit, and there are thousands of such pairs.
    """
    ids = register[key].to_numpy()
    distance = test_distances(register)
    plate = register.groupby(NAMEPLATE, dropna=False).ngroup().to_numpy()
    same_plate = plate[:, None] == plate[None, :]
    unrelated = distance[~same_plate]
    if not unrelated.size:
        return pd.Series(ids, ids)
    far = np.quantile(unrelated, UNRELATED_SHARE)

    taken = readings.groupby(key)["taken_on"].agg(["min", "max"]).reindex(ids).fillna("")  # ISO dates sort as text
    first, last = taken["min"].to_numpy(str), taken["max"].to_numpy(str)
    apart = (last[:, None] < first[None, :]) | (last[None, :] < first[:, None])
    possible = same_plate & apart
    alike = possible & (distance < np.where(serials_agree(register["serial"]), far, NEAR * far))
    return merge_nearest(ids, distance, alike, possible)


def test_distances(register: pd.DataFrame) -> np.ndarray:
    """Return the mean squared difference of the standardised tests for all pairs of ids."""
    tests = register.filter(regex=r"^t\d+$").to_numpy(float)
    spread = tests.std(axis=0)
    tests = (tests - tests.mean(axis=0)) / np.where(spread > 0, spread, 1)
    squares = (tests**2).sum(axis=1)
    return np.maximum(squares[:, None] + squares[None, :] - 2 * tests @ tests.T, 0) / max(1, tests.shape[1])


def serials_agree(serials: pd.Series) -> np.ndarray:
    """Tell for all pairs whether both serials say something, and differ in one typed character at most."""
    serials = serials.fillna("").str.strip()
    telling = (serials != "") & (serials.map(serials.value_counts()) <= max(3, PLACEHOLDER_SHARE * len(serials)))
    width = max(1, serials.str.len().max())
    typed = np.array([list(serial.ljust(width)) for serial in serials])
    differing = (typed[:, None, :] != typed[None, :, :]).sum(axis=2)
    return (differing <= 1) & telling.to_numpy()[:, None] & telling.to_numpy()[None, :]


def merge_nearest(ids: np.ndarray, distance: np.ndarray, alike: np.ndarray, possible: np.ndarray) -> pd.Series:
    """Merge pairs that are alike, nearest first, unless two members of the merged unit could not be one."""
    members = {number: [number] for number in range(len(ids))}
    unit = list(range(len(ids)))
    pairs = np.argwhere(np.triu(alike, 1))
    for one, other in pairs[np.argsort(distance[pairs[:, 0], pairs[:, 1]], kind="stable")]:
        a, b = sorted((unit[one], unit[other]))
        if a != b and possible[np.ix_(members[a], members[b])].all():
            for number in members[b]:
                unit[number] = a
            members[a] += members.pop(b)
    return pd.Series(ids[unit], ids)
