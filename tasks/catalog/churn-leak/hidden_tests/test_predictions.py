"""The notebook runs, scores everyone, ranks well on the day, and knows nothing of the days after."""

import numpy as np
import pandas as pd
import pytest
from churn_evidence import (
    ESTIMATE,
    FEATURES,
    PREDICTIONS,
    judged,
    read_outcomes,
    read_predictions,
    reference_of,
)
from sklearn.metrics import roc_auc_score

RUNS = ("public", "fresh", "fresh_perturbed")
AUC_MARGIN = 0.05
LEAST_GAIN = 0.25  # of what the reference ranks better than chance; below that, standing still proves nothing
SAME = 1e-6
ROUNDING = 1e-9


@pytest.mark.check(
    "notebook-runs-clean",
    criterion="modelling",
    points=1,
    precondition="what stops a notebook stops every other check, too",
)
def test_notebook_runs_clean(runs, notebook, deliverables, substance):
    """The notebook runs from top to bottom in an empty kernel, on three packages, and writes its three files."""
    for run in RUNS:
        result = runs[run]
        errors = [f"cell {cell.index}: {str(cell.error)[:200]}" for cell in notebook(run).cells if cell.error]
        assert not errors, f"Run `{run}` stopped at {errors[0]}"
        assert result.finished, f"Run `{run}` ended with {result.exit_kind}, exit code {result.exit_code}."
        missing = [path for path in (PREDICTIONS, FEATURES, ESTIMATE) if not deliverables.exists(run, path)]
        assert not missing, f"Run `{run}` did not write {', '.join(missing)}."
    substance()


@pytest.mark.check("predictions-complete", criterion="modelling", points=1)
def test_predictions_complete(deliverables, truth, substance):
    """Every customer to score has exactly one probability between 0 and 1, those that left no trace in the log, too."""
    substance()
    for run in ("public", "fresh"):
        predictions = read_predictions(deliverables, run)
        asked = set(pd.read_csv(truth.public(run) / "score.csv")["customer_id"])
        missing, unasked = asked - set(predictions.index), set(predictions.index) - asked
        assert not missing, f"{len(missing)} of {len(asked)} customers have no prediction in run `{run}`, such as {min(missing)}."
        assert not unasked, f"{len(unasked)} predictions in run `{run}` are for customers that are not in score.csv."
        outside = int(((predictions < 0) | (predictions > 1)).sum())
        assert not outside, f"{outside} values in run `{run}` are not between 0 and 1."


@pytest.mark.check("live-ranking", criterion="modelling", points=3)
def test_live_ranking(deliverables, truth, measure):
    """On what then happened, the model ranks about as well as a plain logistic regression on honest columns."""
    outcomes = read_outcomes(truth, "fresh")
    actual, probability = judged(read_predictions(deliverables, "fresh"), outcomes)
    reference = reference_of(truth, "fresh")
    realised = float(roc_auc_score(actual, probability))
    measure("auc_live", realised, "1", reference=reference, at_least=reference - AUC_MARGIN)
    measure("mean_probability", float(np.mean(probability)), "1", reference=float(np.mean(actual)))
    assert realised >= reference - AUC_MARGIN, (
        f"AUC on what then happened is {realised:.3f}; a plain logistic regression reaches {reference:.3f}, "
        f"and {AUC_MARGIN} below it is allowed."
    )


@pytest.mark.check("future-invariance", criterion="evaluation-validity", points=3)
def test_future_invariance(deliverables, truth, measure):
    """Changing what could not be known on the as-of date (late columns, rows recorded later) changes no prediction."""
    before = read_predictions(deliverables, "fresh")
    after = read_predictions(deliverables, "fresh_perturbed")
    assert set(before.index) == set(after.index), (
        f"{len(set(before.index) ^ set(after.index))} customers are predicted in only one of two packages "
        "that differ in nothing but what was not known yet."
    )
    change = (before - after.reindex(before.index)).abs()
    moved = int((change > SAME + ROUNDING).sum())
    measure("predictions_moved", moved, "customers", reference=0)
    ranking = float(roc_auc_score(*judged(before, read_outcomes(truth, "fresh"))))
    least = 0.5 + LEAST_GAIN * (reference_of(truth, "fresh") - 0.5)
    assert not moved, (
        f"{moved} of {len(change)} predictions change (by up to {change.max():.3f}) when only facts "
        "from after the as-of date are changed."
    )
    assert ranking >= least, f"The predictions do not change, but rank hardly better than chance (AUC {ranking:.3f}, {least:.3f} needed)."
