"""Reads what the candidate's run wrote, and says in a sentence what is wrong with it."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from churn_reference import reference_scores
from sklearn.metrics import roc_auc_score
from worksample_checks import numbers

PREDICTIONS = "out/predictions.csv"
ESTIMATE = "out/estimate.json"
FEATURES = "out/features.json"
LEAST_COVERAGE = 0.8
LEAST_CORRELATION = 0.06  # of ranks; three times what chance gives on 2,600 customers


class Estimate(NamedTuple):
    """What the candidate expects the AUC to be, with a 90 % interval."""

    auc: float
    low: float
    high: float


def read_predictions(deliverables, run: str) -> pd.Series:
    """Give the probabilities by customer."""
    table = deliverables.csv(run, PREDICTIONS, columns=["customer_id", "probability"])
    values = pd.Series(numbers(table["probability"], "probability"), index=table["customer_id"])
    twice = int(values.index.duplicated().sum())
    assert not twice, f"{twice} rows of {PREDICTIONS} repeat a customer; one row per customer was asked for."
    return values


def read_outcomes(truth, scenario: str) -> pd.Series:
    """Give what happened to the scored customers."""
    return truth.csv(scenario, "outcomes.csv").set_index("customer_id")["churned"].astype(int)


def judged(predictions: pd.Series, outcomes: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Give outcome and probability of every scored customer that has one; gaps are another check's matter."""
    values = predictions.reindex(outcomes.index)
    covered = float(values.notna().mean())
    assert covered >= LEAST_COVERAGE, f"Only {covered:.0%} of the customers in score.csv have a prediction, too few to judge."
    return outcomes[values.notna()].to_numpy(), values.dropna().to_numpy()


def scores_of(truth, scenario: str) -> pd.Series:
    """Give the probabilities of a plain logistic regression on honest columns of the same package."""
    answers = truth.json(scenario, "answers.json")
    names = (tuple(answers[part].items()) for part in ("columns", "kinds"))
    return reference_scores(truth.public(scenario), *names)


def reference_of(truth, scenario: str) -> float:
    """Give the AUC of that regression."""
    return float(roc_auc_score(*judged(scores_of(truth, scenario), read_outcomes(truth, scenario))))


def expect_substance(deliverables, truth) -> None:
    """Insist on a model before its ledger, its interval or its form is judged: even one that leaks, and
    ranks like chance on the day, has something to do with what is known of the customers. What is wrong
    with single predictions is another check's matter."""
    scores = scores_of(truth, "fresh")
    table = deliverables.csv("fresh", PREDICTIONS, columns=["customer_id", "probability"])
    told = table.drop_duplicates("customer_id").set_index("customer_id")["probability"]
    predictions = pd.to_numeric(told, errors="coerce").reindex(scores.index).dropna()
    found = 0.0
    if len(predictions) >= len(scores) / 2 and predictions.nunique() > 1:
        found = abs(float(predictions.corr(scores[predictions.index], method="spearman")))
    assert found >= LEAST_CORRELATION, (
        f"The predictions have nothing to do with those of a plain model on the known facts (rank correlation {found:.2f}, "
        f"{LEAST_CORRELATION} needed): there is no model yet that could be judged."
    )


def read_estimate(deliverables, run: str) -> Estimate:
    """Give the claimed AUC and its interval."""
    content = deliverables.json(run, ESTIMATE)
    assert isinstance(content, dict), f"{ESTIMATE} is no JSON object."
    for key in Estimate._fields:
        value = content.get(key)
        good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        assert good, f"{ESTIMATE} has no number under {key!r} (there is {str(value)[:40]!r})."
    return Estimate(*(float(content[key]) for key in Estimate._fields))


def read_ledger(deliverables, run: str) -> dict[str, list[tuple[str, str]]]:
    """Give (column, reason) pairs of the used and of the rejected columns."""
    content = deliverables.json(run, FEATURES)
    assert isinstance(content, dict), f"{FEATURES} is no JSON object."
    ledger = {}
    for part in ("used", "rejected"):
        entries = content.get(part)
        assert isinstance(entries, list), f"{FEATURES} has no list under {part!r}."
        for entry in entries:
            good = isinstance(entry, dict) and all(isinstance(entry.get(key), str) for key in ("column", "reason"))
            assert good, f"{FEATURES}: an entry of {part!r} lacks the texts 'column' and 'reason': {str(entry)[:80]}"
        ledger[part] = [(entry["column"], entry["reason"]) for entry in entries]
    return ledger


def rejected_columns(deliverables, run: str) -> set[str]:
    """Give the columns that the candidate rejected and does not use as well."""
    ledger = read_ledger(deliverables, run)
    return {column for column, _ in ledger["rejected"]} - {column for column, _ in ledger["used"]}


def noise_width(auc: float, outcomes: pd.Series) -> float:
    """Give the width of a normal 90 % interval of an AUC on these customers (Hanley and McNeil 1982)."""
    left = int(outcomes.sum())
    stayed = len(outcomes) - left
    first, second = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (left - 1) * (first - auc**2) + (stayed - 1) * (second - auc**2)
    return 2 * 1.645 * math.sqrt(variance / (left * stayed))
