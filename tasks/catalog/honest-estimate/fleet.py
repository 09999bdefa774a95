"""One fleet of units: their properties, their registrations, and what was read at them.

Everything comes from units; registrations and readings are made from them afterwards, so which ids
belong to one unit is known by construction. What nobody can know of a new unit is its own deviation
from what its properties say; all readings of a unit share it. Large units are read more often, and
are further off in absolute numbers, so an average over readings is not one over units.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.random import Generator

NEW = 200  # units to predict
CHANNELS, TELLING = 60, 5  # of the acceptance test, and those that have to do with the target
REPEATED, REPLACED = 0.05, 0.1  # noise of a repeated test in standard units, share of channels that are new afterwards
AGAIN = 0.55  # share of old units with several ids
WITHIN_MODEL = 0.25  # variance of the tests that units of one model share
SIZES, LARGEST = 32, 1.5  # two for each model; log of the largest beside the smallest
MAKERS, SITES, INSTALLERS, UNSEEN = 4, 6, 90, 3
FIRST_DAY = np.datetime64("2021-01-04")


@dataclass(frozen=True)
class Fleet:
    """What a delivery says of a fleet, and how it is drawn."""

    name: str
    key: str
    target: str
    unit: str
    scale: float  # of the target
    old: int  # units that were read
    least_readings: int  # of an old unit
    most_readings: int
    id_form: str


@dataclass(frozen=True)
class Tables:
    """The files of one fleet, and what only the hidden tests may know."""

    register: pd.DataFrame
    readings: pd.DataFrame
    new_register: pd.DataFrame
    new_readings: pd.DataFrame
    units: pd.DataFrame  # truth: the unit of each id
    outcomes: pd.DataFrame  # truth: the target of each new reading


def draw_units(rng: Generator, fleet: Fleet) -> tuple[pd.DataFrame, np.ndarray]:
    """Draw the units, old ones first, with their log level, and their tests in standard units."""
    n = fleet.old + NEW
    old = np.arange(n) < fleet.old
    size = rng.integers(0, SIZES, n)
    model = size // 2
    of_model = rng.normal(size=(SIZES // 2, CHANNELS))[model]
    tests = np.sqrt(WITHIN_MODEL) * of_model + np.sqrt(1 - WITHIN_MODEL) * rng.normal(size=(n, CHANNELS))
    telling = rng.choice(CHANNELS, TELLING, replace=False)
    weights = 0.22 / np.sqrt(TELLING) * rng.choice([-1, 1], TELLING)
    large = size / (SIZES - 1)
    own = rng.normal(size=n) * (0.1 + 0.1 * large)
    span = fleet.most_readings - fleet.least_readings
    ids = np.where(old & (rng.random(n) < AGAIN), np.where(rng.random(n) < 0.3, 3, 2), 1)
    readings = np.where(old, fleet.least_readings + np.round(span * large**2).astype(int), 4)
    units = pd.DataFrame({
        "model": model,
        "size": size,
        "site": rng.integers(0, SITES, n),
        "level": LARGEST * large + tests[:, telling] @ weights + rng.normal(0, 0.08, MAKERS)[model % MAKERS] + own,
        "ids": ids,
        "readings": np.maximum(readings, 2 * ids),
    })
    return units, tests


def draw_serials(rng: Generator, registrations: pd.DataFrame) -> list[str]:
    """Type the serial numbers: many units share one, often it is not there, and a second time it may be mistyped."""
    numbers = rng.integers(1000, 1600, registrations.unit.nunique())
    told = []
    for unit, again in zip(registrations.unit, registrations.again, strict=True):
        text, luck = str(numbers[unit]), rng.random()
        if luck < 0.2:
            text = ""
        elif luck < 0.28:
            text = "0000"
        elif again and luck < 0.55:
            place = rng.integers(0, 4)
            text = text[:place] + str((int(text[place]) + rng.integers(1, 10)) % 10) + text[place + 1:]
        told.append(text)
    return told


def draw_register(rng: Generator, fleet: Fleet, units: pd.DataFrame, tests: np.ndarray) -> pd.DataFrame:
    """Register every unit once or more, each time with an acceptance test of its own."""
    registrations = pd.DataFrame({"unit": np.repeat(np.arange(len(units)), units.ids)})
    registrations["again"] = registrations.groupby("unit").cumcount()
    who, again = registrations.unit.to_numpy(), registrations.again.to_numpy()
    n, old = len(who), who < fleet.old
    found = tests[who] + rng.normal(0, REPEATED, (n, CHANNELS))
    replaced = (rng.random(found.shape) < REPLACED) & (again > 0)[:, None]
    found = np.where(replaced, rng.normal(size=found.shape), found)
    levels, spreads = rng.integers(1500, 7000, CHANNELS), rng.integers(80, 300, CHANNELS)
    moved = (again > 0) & (rng.random(n) < 0.4)
    installer = np.where(old | (rng.random(n) > 0.06), rng.integers(0, INSTALLERS, n), INSTALLERS + rng.integers(0, UNSEEN, n))
    size, model = units["size"].to_numpy()[who], units.model.to_numpy()[who]
    table = pd.DataFrame({
        "id": [fleet.id_form.format(number) for number in rng.choice(99_999, n, replace=False)],
        "unit": who,
        "again": again,
        "serial": draw_serials(rng, registrations),
        "maker": [f"M{number + 1}" for number in model % MAKERS],
        "model": [f"X{number + 10}" for number in model],
        "rated": np.rint(20 * np.exp(LARGEST * size / (SIZES - 1))).astype(int),
        "site": [f"S{number + 1}" for number in np.where(moved, rng.integers(0, SITES, n), units.site.to_numpy()[who])],
        "installer": [f"I{number:02d}" for number in installer],
    })
    channels = np.rint(levels + spreads * found).astype(int)
    return table.join(pd.DataFrame(channels, columns=[f"t{number:02d}" for number in range(1, CHANNELS + 1)]))


def draw_readings(rng: Generator, fleet: Fleet, units: pd.DataFrame, register: pd.DataFrame) -> pd.DataFrame:
    """Read each unit under changing conditions, under the id it has at the time."""
    unit = np.repeat(np.arange(len(units)), units.readings)
    turn = pd.Series(unit).groupby(unit).cumcount().to_numpy()
    again = turn * units.ids.to_numpy()[unit] // units.readings.to_numpy()[unit]
    ids = register.set_index(["unit", "again"])["id"].loc[list(zip(unit, again, strict=True))].to_numpy()
    visit = np.cumsum((rng.random(len(unit)) < 0.5) | np.r_[True, ids[1:] != ids[:-1]]) - 1
    conditions = rng.random((len(unit), 3))
    log = units.level.to_numpy()[unit] + (conditions - 0.5) @ [0.6, 0.3, -0.3] + rng.normal(0, 0.05, len(unit))
    days = np.where(unit < fleet.old, 40 * turn, 1200) + rng.integers(0, 40, len(unit))
    return pd.DataFrame({
        "unit": unit,
        "id": ids,
        "visit": [f"V{number + 1000}" for number in rng.permutation(visit.max() + 1)[visit]],
        "taken_on": np.datetime_as_string(FIRST_DAY + days, unit="D"),
        "load": np.round(20 + 80 * conditions[:, 0], 1),
        "inlet": np.round(5 + 30 * conditions[:, 1], 1),
        "runtime": np.round(1 + 23 * conditions[:, 2], 2),
        "target": np.round(fleet.scale * np.exp(log), 2),
    })


def draw_fleet(rng: Generator, fleet: Fleet) -> Tables:
    """Draw one fleet."""
    units, tests = draw_units(rng, fleet)
    register = draw_register(rng, fleet, units, tests)
    readings = draw_readings(rng, fleet, units, register)
    readings = readings.iloc[rng.permutation(len(readings))].reset_index(drop=True)
    readings.insert(0, "reading_id", [f"R{number:05d}" for number in range(1, len(readings) + 1)])
    register = register.sort_values("id")
    names = {"id": fleet.key, "target": fleet.target}
    told, entries = readings.drop(columns="unit").rename(columns=names), register.drop(columns=["unit", "again"]).rename(columns=names)
    read_before, registered_before = (readings.unit < fleet.old).to_numpy(), (register.unit < fleet.old).to_numpy()
    return Tables(
        register=entries[registered_before],
        readings=told[read_before],
        new_register=entries[~registered_before],
        new_readings=told[~read_before].drop(columns=fleet.target),
        units=register.loc[registered_before, ["id", "unit"]],
        outcomes=readings.loc[~read_before, ["reading_id", "id", "target"]],
    )


def change_one_unit(rng: Generator, fleet: Fleet, tables: Tables) -> tuple[Tables, str]:
    """Give one unit, registered once, other values of the target altogether; also return its id."""
    ids = tables.units.id[~tables.units.unit.duplicated(keep=False)]
    often = tables.readings[fleet.key].value_counts()
    chosen = str(rng.choice(sorted(ids[ids.isin(often.index[often >= 4])])))
    readings = tables.readings.copy()
    its = readings[fleet.key] == chosen
    readings.loc[its, fleet.target] = np.round(readings.loc[its, fleet.target] * rng.uniform(4, 6), 2)
    return Tables(**{**vars(tables), "readings": readings}), chosen
