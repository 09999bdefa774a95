"""The promises behind the promise, on the delivery in DATA_DIR (default: data): python -m pytest tests"""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
import estimate

DATA = Path(os.environ.get("DATA_DIR", ROOT / "data"))
ENTRIES = json.loads((DATA / "fleets.json").read_text(encoding="utf-8"))


@pytest.fixture(params=ENTRIES, ids=lambda entry: entry["fleet"])
def fleet(request):
    return estimate.Fleet.read(DATA, request.param)


def test_a_units_target_does_not_move_its_own_validation(fleet):
    before = estimate.work_on(fleet)[1]
    units = estimate.find_units(fleet.register, fleet.readings, fleet.key)
    of_unit = (fleet.readings[fleet.key].map(units) == units[units.duplicated()].iloc[0]).to_numpy()
    fleet.readings.loc[of_unit, fleet.target] *= 5
    after = estimate.work_on(fleet)[1]
    assert (before["fold"] == after["fold"]).all()
    # `readings` and `validation` are in one order
    assert np.allclose(before["prediction"][of_unit], after["prediction"][of_unit], rtol=1e-9)
    assert (~np.isclose(before["prediction"], after["prediction"], rtol=1e-6)).mean() > 0.5


def test_ids_of_one_unit_do_not_part(fleet):
    _, validation, aliases, _ = estimate.work_on(fleet)
    group = fleet.readings[fleet.key].map(aliases.set_index("id")["group"]).fillna(fleet.readings[fleet.key])
    assert validation["fold"].groupby(group.to_numpy()).nunique().max() == 1


def test_promise_met_on_units_set_aside(fleet):
    """Set a third of the units aside as new ones, several times; the promise is to be right on average."""
    units = estimate.find_units(fleet.register, fleet.readings, fleet.key)
    ratios, inside = [], []
    for seed in range(6):
        chosen = np.random.default_rng(seed).permutation(units.unique())[: units.nunique() // 3]
        aside = fleet.register[fleet.key].map(units).isin(chosen)
        read_aside = fleet.readings[fleet.key].map(units).isin(chosen)
        part = estimate.Fleet(
            fleet.name, fleet.key, fleet.target, fleet.register[~aside], fleet.readings[~read_aside],
            fleet.register[aside], fleet.readings[read_aside].drop(columns=fleet.target),
        )  # fmt: skip
        predictions, _, _, promised = estimate.work_on(part)
        real = fleet.readings.set_index("reading_id").loc[predictions["reading_id"]]
        errors = estimate.unit_errors(predictions["prediction"].to_numpy(), real[fleet.target].to_numpy(), real[fleet.key].map(units).to_numpy())
        ratios.append(promised["error"] / errors.mean())
        inside.append(promised["low"] <= errors.mean() <= promised["high"])
    print(fleet.name, np.round(ratios, 2), inside)
    assert 0.85 < np.exp(np.mean(np.log(ratios))) < 1.2


def test_other_deliveries(tmp_path):
    """Fewer tests, another key, ids as short numbers, target in other units: nothing changes but the scale."""
    entry = ENTRIES[0]
    source = tmp_path / "other"
    shutil.copytree(DATA / entry["fleet"], source / "others")
    factor = 0.001
    for path in (source / "others").glob("*.csv"):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        table = table.drop(columns=[name for name in table if re.fullmatch(r"t(4\d|5\d|60)", name)])
        table = table.rename(columns={entry["key"]: "no", entry["target"]: "flow"})
        if "flow" in table:
            table["flow"] = table["flow"].astype(float) * factor
        table.to_csv(path, index=False)
    (source / "fleets.json").write_text(json.dumps([{"fleet": "others", "key": "no", "target": "flow", "unit": "l"}]))
    estimate.run(source, tmp_path)
    promised = json.loads((tmp_path / "estimate.json").read_text())["fleets"]["others"]["error"]
    as_before = estimate.work_on(estimate.Fleet.read(DATA, entry))[3]["error"]
    assert 0.7 < promised / factor / as_before < 1.5
    assert len(pd.read_csv(tmp_path / "aliases.csv")) > 0
