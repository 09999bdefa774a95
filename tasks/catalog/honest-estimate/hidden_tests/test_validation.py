"""The folds, what reaches their models, and the promise that rests on them."""

import numpy as np
import pytest
from honest_evidence import (
    error_of,
    fleets_of,
    geometric_mean,
    pairs_of,
    read_new,
    read_promises,
    read_validation,
    references_of,
)

FEWEST_FOLDS, LARGEST_FOLD = 3, 0.5
LEAST_PAIRS_TOGETHER = 0.8
SAME, ROUNDING = 1e-3, 1e-9
CHANGED, LEAST_SHARE_CHANGED = 1e-6, 0.1
FROM_EVIDENCE = (0.75, 1.1)
PROMISE = (0.78, 1.5)
WIDTH = (0.55, 4.0)


@pytest.mark.check("folds-hold-ids", criterion="evaluation-validity", points=1)
def test_folds_hold_ids(deliverables, truth, substance, measure):
    """All readings of an id are in one fold, of several folds of sensible size."""
    substance()
    split = total = 0
    for name, readings in read_validation(deliverables, truth).items():
        shares = readings["fold"].value_counts(normalize=True)
        assert len(shares) >= FEWEST_FOLDS, f"Fleet `{name}` has {len(shares)} folds; at least {FEWEST_FOLDS} were asked for."
        assert shares.iloc[0] <= LARGEST_FOLD, f"A fold of fleet `{name}` holds {shares.iloc[0]:.0%} of the readings; at most half was asked for."
        folds = readings.groupby("id")["fold"].nunique()
        split, total = split + int((folds > 1).sum()), total + len(folds)
    measure("ids_split", split, "ids", reference=0)
    assert not split, f"The readings of {split} of {total} ids are in several folds: a model is judged on units that it knows."


@pytest.mark.check("folds-hold-aliases", criterion="evaluation-validity", points=2)
def test_folds_hold_aliases(deliverables, truth, substance, measure):
    """Ids that are one unit are in one fold with all their readings."""
    substance()
    together = total = 0
    for readings in read_validation(deliverables, truth).values():
        folds = readings.groupby("id")["fold"].agg(lambda fold: "\0".join(sorted(set(fold)))).to_dict()
        ids = readings.drop_duplicates("id")
        pairs = pairs_of(ids, "unit")
        total += len(pairs)
        together += sum(folds[one] == folds[other] and "\0" not in folds[one] for one, other in pairs)
    share = together / total
    measure("alias_pairs_in_one_fold", share, "1", reference=1.0, at_least=LEAST_PAIRS_TOGETHER)
    assert share >= LEAST_PAIRS_TOGETHER, (
        f"Of {total} pairs of ids that are one unit, {together} ({share:.0%}) are in one fold; {LEAST_PAIRS_TOGETHER:.0%} are needed."
    )


@pytest.mark.check("own-readings-unused", criterion="evaluation-validity", points=3)
def test_own_readings_unused(deliverables, truth, substance, measure):
    """Other target values for a unit do not change what the folds predict for it: nothing of a fold, by way of chosen
    columns, encodings or settings, is in the model that predicts it."""
    substance()
    before, after = read_validation(deliverables, truth), read_validation(deliverables, truth, "fresh_changed")
    chosen = truth.json("fresh_changed", "changed.json")
    moved = total = 0
    for name, readings in before.items():
        both = readings.merge(after[name][["reading_id", "prediction"]], on="reading_id", suffixes=("", "_after"))
        size = both["prediction"].abs()
        change = (both["prediction"] - both["prediction_after"]).abs()
        own = both["id"] == chosen[name]
        others = float(np.mean(change[~own] > CHANGED * size[~own] + ROUNDING))
        assert others >= LEAST_SHARE_CHANGED, (
            f"Fleet `{name}`: only {others:.0%} of the predictions for other units change when a unit has other target values; "
            "a model that was fitted to the readings would change."
        )
        moved += int((change[own] > SAME * size[own] + ROUNDING).sum())
        total += int(own.sum())
    measure("own_predictions_moved", moved, "readings", reference=0)
    assert not moved, (
        f"{moved} of {total} validation predictions change when only the unit's own target values are others: "
        "something that these readings told reached the model that predicts them."
    )


@pytest.mark.check("promise-from-evidence", criterion="evaluation-validity", points=2)
def test_promise_from_evidence(deliverables, truth, substance, measure):
    """The promised error is the one of the validation, in the unit of the target, every true unit counted once."""
    promises, validation = read_promises(deliverables, truth), read_validation(deliverables, truth)
    ratio = geometric_mean(promises[name].error / error_of(readings) for name, readings in validation.items())
    low, high = FROM_EVIDENCE
    measure("promise_beside_validation", ratio, "1", reference=1.0, at_least=low, at_most=high)
    substance()
    assert low <= ratio <= high, (
        f"The promised errors are {ratio:.2f} times those of validation.csv, counted by unit (mean over {len(promises)} fleets); "
        f"{low} to {high} times is allowed."
    )


@pytest.mark.check("promise-holds", criterion="evaluation-validity", points=3)
def test_promise_holds(deliverables, truth, substance, measure):
    """The promised error is the one that new units turn out to have; luck that the reference shares is taken out."""
    name, fleet = next(iter(fleets_of(truth, "public").items()))
    own = error_of(read_new(deliverables, truth, "public")[name])
    measure("error_percent", 100 * own / float(fleet.old["target"].mean()), "%")
    promises, found = read_promises(deliverables, truth), read_new(deliverables, truth)
    fleets = references_of(truth, "fresh")
    kept = {name: promises[name].error / error_of(found[name]) for name in fleets}
    ratio = geometric_mean(kept[name] * one.realised / one.validated for name, one in fleets.items())
    covered = sum(promises[name].low <= error_of(found[name]) <= promises[name].high for name in fleets)
    low, high = PROMISE
    measure("promise_beside_real_error", geometric_mean(kept.values()), "1", reference=1.0)
    measure("promise_without_luck", ratio, "1", reference=1.0, at_least=low, at_most=high)
    measure("intervals_that_cover", covered, "fleets")
    substance()
    assert low <= ratio <= high, (
        f"The promised errors are {ratio:.2f} times the real ones on new units, after the luck that the reference had is taken out "
        f"(mean over {len(fleets)} fleets); {low} to {high} times is allowed."
    )


@pytest.mark.check("interval-of-units", criterion="evaluation-validity", points=2)
def test_interval_of_units(deliverables, truth, substance, measure):
    """The interval holds the promise and is as wide as the spread over units makes it: neither that of
    independent readings nor one that cannot be wrong."""
    promises = read_promises(deliverables, truth)
    fleets = references_of(truth, "fresh")
    widths = {name: (one.high - one.low) / one.error for name, one in promises.items()}
    ratio = geometric_mean(widths[name] / one.relative_width for name, one in fleets.items())
    low, high = WIDTH
    measure("interval_width_beside_reference", ratio, "1", reference=1.0, at_least=low, at_most=high)
    substance()
    for name, one in promises.items():
        assert 0 <= one.low <= one.error <= one.high, (
            f"The interval {one.low:.4g} to {one.high:.4g} of fleet `{name}` does not hold the promised {one.error:.4g}."
        )
    assert low <= ratio <= high, (
        f"The intervals are {ratio:.2f} times as wide as the spread over units makes them (mean over {len(fleets)} fleets); "
        f"{low} to {high} times is allowed."
    )
