"""The AUC that the candidate promised, against what then happened."""

import pytest
from churn_evidence import judged, noise_width, read_estimate, read_outcomes, read_predictions, reference_of
from sklearn.metrics import roc_auc_score

CLAIM_TOLERANCE = 0.09
NARROWEST, WIDEST = 0.25, 6.0  # times the sampling noise of the scored customers


@pytest.mark.check("claim-honest", criterion="evaluation-validity", points=3)
def test_claim_honest(deliverables, truth, substance, measure):
    """The AUC that the notebook promises is the AUC that comes true, within sampling noise."""
    claimed = read_estimate(deliverables, "fresh").auc
    actual, probability = judged(read_predictions(deliverables, "fresh"), read_outcomes(truth, "fresh"))
    realised = float(roc_auc_score(actual, probability))
    measure("auc_claimed", claimed, "1", reference=realised)
    measure("auc_claim_error", abs(claimed - realised), "1", at_most=CLAIM_TOLERANCE)
    substance()
    assert abs(claimed - realised) <= CLAIM_TOLERANCE, (
        f"The notebook promises an AUC of {claimed:.3f} and reaches {realised:.3f}; "
        f"a difference of {CLAIM_TOLERANCE} is allowed."
    )


@pytest.mark.check("interval-useful", criterion="evaluation-validity", points=1)
def test_interval_useful(deliverables, truth, substance, measure):
    """The interval holds its own point and is neither vacuous nor narrower than chance allows."""
    outcomes = read_outcomes(truth, "fresh")
    noise = noise_width(reference_of(truth, "fresh"), outcomes)
    estimate = read_estimate(deliverables, "fresh")
    width = estimate.high - estimate.low
    measure("interval_width", width, "1", reference=noise, at_least=NARROWEST * noise, at_most=WIDEST * noise)
    substance()
    assert 0 <= estimate.low <= estimate.auc <= estimate.high <= 1, (
        f"The interval {estimate.low:.3f} to {estimate.high:.3f} does not hold its point {estimate.auc:.3f} within 0 and 1."
    )
    assert NARROWEST * noise <= width <= WIDEST * noise, (
        f"The interval is {width:.3f} wide. Sampling noise alone gives {noise:.3f} on {len(outcomes)} customers; "
        f"{NARROWEST} to {WIDEST} times that is allowed."
    )


@pytest.mark.check("written-claim-measured", criterion="reasoning", points=1)
def test_written_claim_measured(deliverables, truth, claims, substance, measure):
    """The write-up states the AUC to expect, so that it can be held against what then happened to the own customers."""
    actual, probability = judged(read_predictions(deliverables, "public"), read_outcomes(truth, "public"))
    measure("auc_live_public", float(roc_auc_score(actual, probability)), "1", reference=reference_of(truth, "public"))
    substance()
    assert "auc_expected" in claims, "The front matter of the notebook does not state `auc_expected`."
