"""The command runs on every delivery, in the briefed form, and predicts new units."""

import pytest
from honest_evidence import (
    ALIASES,
    COLUMNS,
    PREDICTIONS,
    VALIDATION,
    error_of,
    fleets_of,
    geometric_mean,
    read_new,
    read_promises,
    read_table,
    references_of,
)

RUNS = ("public", "fresh", "fresh_changed")
WORST_RATIO = 1.75


@pytest.mark.check("outputs-as-specified", criterion="modelling", points=1)
def test_outputs_as_specified(deliverables, truth, runs, substance):
    """The command runs on three deliveries and writes four files with the briefed columns, names of fleets, readings and ids."""
    for run in RUNS:
        result = runs[run]
        assert result.finished, f"Run `{run}` ended with {result.exit_kind}, exit code {result.exit_code}."
        tables = {path: read_table(deliverables, run, path) for path in COLUMNS}
        for path, columns in COLUMNS.items():
            written = list(deliverables.csv(run, path).columns)
            assert written == columns, f"{path} of run `{run}` has the columns {written}."
        read_promises(deliverables, truth, run)
        for name, fleet in fleets_of(truth, run).items():
            known = {PREDICTIONS: set(fleet.new["reading_id"]), VALIDATION: set(fleet.old["reading_id"]), ALIASES: set(fleet.old["id"])}
            for path, table in tables.items():
                told = set(table.loc[table["fleet"] == name, COLUMNS[path][1]])
                unknown = sorted(told - known[path])
                assert not unknown, (
                    f"{len(unknown)} of {len(told)} names under `{COLUMNS[path][1]}` in {path} of run `{run}` are not in fleet `{name}`, "
                    f"such as {unknown[0][:40]!r}."
                )
            validated = set(tables[VALIDATION].loc[tables[VALIDATION]["fleet"] == name, "reading_id"])
            missing = len(known[VALIDATION] - validated)
            assert not missing, f"{missing} of {len(known[VALIDATION])} readings of fleet `{name}` are not in {VALIDATION} of run `{run}`."
    substance()


@pytest.mark.check("new-readings-predicted", criterion="modelling", points=1)
def test_new_readings_predicted(deliverables, truth, substance):
    """Every reading of every new unit has a prediction, also where it has a value that no old unit had."""
    substance()
    for run in ("public", "fresh"):
        table = read_table(deliverables, run, PREDICTIONS)
        for name, fleet in fleets_of(truth, run).items():
            missing = sorted(set(fleet.new["reading_id"]) - set(table.loc[table["fleet"] == name, "reading_id"]))
            assert not missing, (
                f"{len(missing)} of {len(fleet.new)} new readings of fleet `{name}` have no prediction in run `{run}`, such as {missing[0]}."
            )


@pytest.mark.check("new-units-close", criterion="modelling", points=2)
def test_new_units_close(deliverables, truth, measure):
    """On new units the predictions are about as close as those of a regularised linear regression."""
    fleets, found = references_of(truth, "fresh"), read_new(deliverables, truth)
    ratio = geometric_mean(error_of(found[name]) / reference.realised for name, reference in fleets.items())
    measure("error_beside_reference", ratio, "1", reference=1.0, at_most=WORST_RATIO)
    assert ratio <= WORST_RATIO, (
        f"The error on new units is {ratio:.2f} times that of a plain regularised regression (mean over {len(fleets)} fleets); "
        f"{WORST_RATIO} times is allowed."
    )
