"""The checks of serve-budget, in the order in which they run against one live service."""

import time

import numpy as np
import pytest
from answers import ANSWER_S, describe, predict, predict_all, read_predictions, settle
from bad_requests import bad_documents, bad_rows, broken_bodies, non_finite_bodies
from reference_latency import reference_seconds
from sklearn.metrics import roc_auc_score

MIB = 1024 * 1024
ARTEFACT = "model/model.bin"
ARTEFACT_BUDGET_BYTES = 20 * MIB
AUC_MARGIN = 0.04
SAME = 1e-6
MAX_ROWS = 256
CLIENTS = 4
LATENCY_ROUNDS = 5
LATENCY_REQUESTS = 32
LATENCY_ROWS = 64
COMPARED_BATCHES = 8
LATENCY_FACTOR = 25.0
LATENCY_S = 8.0
SOAK_WARM_UP = 30
SOAK_REQUESTS = 250
SOAK_STEP = 10
SOAK_ROWS = 256
GROWTH_BUDGET_BYTES = 16 * MIB
SOAK_S = 20.0
READY_S = 40.0
LOOK_S = 4.0


@pytest.mark.check("artefact-within-budget", criterion="deployment-correctness", points=1)
def test_artefact_within_budget(deliverables, substance, measure):
    """The trained artefact exists, is not empty and fits the 20 MiB that the brief allows."""
    size = len(deliverables.bytes("train", ARTEFACT))
    measure("artefact_mib", size / MIB, "MiB", reference=ARTEFACT_BUDGET_BYTES / MIB, at_most=ARTEFACT_BUDGET_BYTES / MIB)
    substance()
    assert size > 0, f"{ARTEFACT} is empty."
    assert size <= ARTEFACT_BUDGET_BYTES, f"{ARTEFACT} has {size / MIB:.1f} MiB, the budget is 20 MiB."


@pytest.mark.check("quality-near-reference", criterion="model-quality", points=3)
def test_quality_near_reference(service, hidden, reference, truth, measure):
    """What the live service answers ranks unseen rows about as well as a plain boosted model would.

    The reference is fitted on the same history during the grading, so an easy or a hard variant
    moves both alike.
    """
    settle(service, hidden.complete[0])
    scores = predict_all(service, hidden.rows, "Hidden rows")
    auc = float(roc_auc_score(hidden.labels, scores))
    measure("auc", auc, "1", reference=reference, at_least=reference - AUC_MARGIN)
    violating = truth.json("public", "facts.json")["violating_train_rows"]
    measure("violating_rows", violating, "rows")
    assert auc >= reference - AUC_MARGIN, (
        f"AUC on {len(hidden.rows)} hidden rows is {auc:.4f}; the reference reaches {reference:.4f} "
        f"and {reference - AUC_MARGIN:.4f} was asked for."
    )


@pytest.mark.check("batch-equals-singles", criterion="deployment-correctness", points=2)
def test_batch_equals_singles(service, hidden, substance):
    """A row's prediction does not depend on its neighbours: alone, in a batch, or in another order."""
    substance()
    settle(service, hidden.complete[0])
    gappy = [row for row in hidden.rows if None in row.values()]
    rows = gappy[:20] + hidden.complete[:20]
    batch = predict(service, rows, "One batch")
    singles = np.concatenate([predict(service, [row], "A single row") for row in rows])
    order = np.random.default_rng(7).permutation(len(rows))
    shuffled = np.empty_like(batch)
    shuffled[order] = predict(service, [rows[index] for index in order], "The batch in another order")
    for what, other in (("sent singly", singles), ("in another order", shuffled)):
        gap = np.abs(batch - other)
        assert gap.max() <= SAME, (
            f"{(gap > SAME).sum()} of {len(rows)} rows get another prediction {what} than in a batch, "
            f"by up to {gap.max():.4f}."
        )


@pytest.mark.check("schema-enforced", criterion="deployment-correctness", points=3)
def test_schema_enforced(service, hidden, substance):
    """Missing, extra, mistyped and unknown values and misshapen documents are refused with 422.

    The bad row stands among good ones. Afterwards valid rows still get the answer they got before.
    """
    substance()
    good = hidden.complete[:3]
    settle(service, good[0])
    before = predict(service, good, "Valid rows")
    documents = [
        (what, {"rows": [good[1], bad, good[2]]}) for what, bad in bad_rows(good[0], hidden.features)
    ]
    documents += bad_documents(good[0])
    wrong = []
    for what, document in documents:
        response = service.post("/predict", json=document)
        if response.status != 422:
            wrong.append(f"{what}: {describe(response)}")
    assert not wrong, f"{len(wrong)} of {len(documents)} invalid requests did not get 422. {'; '.join(wrong[:8])}."
    after = predict(service, good, "Valid rows after the invalid ones")
    assert np.abs(before - after).max() <= SAME, "Valid rows get another prediction after invalid ones."


@pytest.mark.check("malformed-refused", criterion="deployment-correctness", points=2)
def test_malformed_refused(service, hidden, substance):
    """NaN, infinities, overflowing numbers and bodies that are no JSON get 422, never a 5xx or a crash."""
    substance()
    good = hidden.complete[:3]
    settle(service, good[0])
    before = predict(service, good, "Valid rows")
    bodies = [*non_finite_bodies(good[0], hidden.features), *broken_bodies(good[0])]
    wrong = []
    for what, body in bodies:
        response = service.post("/predict", body=body, headers={"Content-Type": "application/json"})
        if response.status != 422:
            wrong.append(f"{what}: {describe(response)}")
    assert not wrong, f"{len(wrong)} of {len(bodies)} malformed bodies did not get 422. {'; '.join(wrong[:8])}."
    after = predict(service, good, "Valid rows after the malformed bodies")
    assert np.abs(before - after).max() <= SAME, "Valid rows get another prediction after malformed bodies."


@pytest.mark.check("oversize-refused", criterion="deployment-correctness", points=1)
def test_oversize_refused(service, hidden, substance):
    """256 rows are answered; 257 and 2,000 valid rows are refused with 413."""
    substance()
    settle(service, hidden.complete[0])
    predict(service, hidden.rows[:MAX_ROWS], "The largest batch allowed")
    for count in (MAX_ROWS + 1, 2000):
        response = service.post("/predict", json={"rows": hidden.rows[:count]})
        assert response.status == 413, f"{count} rows were answered with {describe(response)} instead of 413."


@pytest.mark.check("latency-under-load", criterion="operability", points=3)
def test_latency_under_load(service, hidden, substance, measure):
    """With 4 clients at once, the slowest twentieth of the requests stays within 25 times a minimal handler.

    Service and handler take turns on the same machine with the same requests, up to five times; the
    median of the ratios decides. Every answer must be right, too: clients may not get mixed up.
    """
    substance()
    settle(service, hidden.complete[0])
    rows = hidden.rows[: LATENCY_REQUESTS * LATENCY_ROWS]
    batches = [rows[start : start + LATENCY_ROWS] for start in range(0, len(rows), LATENCY_ROWS)]
    payloads = [{"rows": batch} for batch in batches]
    expected = [predict(service, batch, "A batch before the load") for batch in batches[:COMPARED_BATCHES]]
    ours, theirs = [], []
    started = time.monotonic()
    while len(ours) < LATENCY_ROUNDS and (not ours or time.monotonic() - started < LATENCY_S):
        theirs.append(reference_seconds(payloads, CLIENTS))
        load = service.load("/predict", payloads, clients=CLIENTS, timeout_s=ANSWER_S)
        ours.append(np.asarray(load.seconds, dtype=float))
        bad = [status for status in load.statuses if status != 200]
        assert not bad, f"{len(bad)} of {len(payloads)} requests under load failed, the first with status {bad[0]}."
    for response, batch, values in zip(load.responses, batches, expected, strict=False):
        gap = np.abs(read_predictions(response, len(batch), "Under load") - values).max()
        assert gap <= SAME, f"Under load a client got predictions that are off by {gap:.4f}."
    ratios = [np.quantile(mine, 0.95) / np.quantile(other, 0.95) for mine, other in zip(ours, theirs, strict=True)]
    for share, name in ((0.5, "latency_p50"), (0.95, "latency_p95")):
        reference = np.median([np.quantile(other, share) for other in theirs])
        measure(name, 1000 * float(np.median([np.quantile(mine, share) for mine in ours])), "ms", 1000 * reference, varies=True)
    ratio = float(np.median(ratios))
    measure(
        "latency_ratio", ratio, "times the reference", reference=LATENCY_FACTOR, at_most=LATENCY_FACTOR, varies=True
    )
    assert ratio <= LATENCY_FACTOR, (
        f"p95 with {CLIENTS} clients and {LATENCY_ROWS} rows a request is {ratio:.1f} times that of the "
        f"minimal handler, {LATENCY_FACTOR:.0f} times is allowed."
    )


@pytest.mark.check("memory-flat", criterion="operability", points=2)
def test_memory_flat(service, hidden, substance, measure):
    """Memory does not grow with the traffic: 64,000 rows in 250 different requests add less than 16 MiB.

    A service too slow for that in 20 s is judged by what it got through; its speed is another check's.
    """
    substance()
    settle(service, hidden.complete[0])
    rng = np.random.default_rng(11)
    soak(service, hidden.rows, rng, SOAK_WARM_UP)
    before = service.stats()["memory_bytes"]
    sent = soak(service, hidden.rows, rng, SOAK_REQUESTS)
    after = service.stats()["memory_bytes"]
    measure("memory", after / MIB, "MiB", varies=True)
    budget = GROWTH_BUDGET_BYTES / MIB
    measure("memory_growth", (after - before) / MIB, "MiB", reference=budget, at_most=budget, varies=True)
    growth = after - before
    assert growth < GROWTH_BUDGET_BYTES, (
        f"Memory grew by {growth / MIB:.1f} MiB over {sent} requests of {SOAK_ROWS} rows, "
        f"from {before / MIB:.0f} to {after / MIB:.0f} MiB; 16 MiB are allowed."
    )


def soak(service, rows, rng, requests: int) -> int:
    """Send batches drawn anew, that many or as many as 20 s allow; returns how many."""
    sent, started = 0, time.monotonic()
    while sent < requests and time.monotonic() - started < SOAK_S:
        draws = rng.integers(len(rows), size=(SOAK_STEP, SOAK_ROWS))
        payloads = [{"rows": [rows[index] for index in draw]} for draw in draws]
        load = service.load("/predict", payloads, clients=CLIENTS, timeout_s=ANSWER_S)
        bad = [status for status in load.statuses if status != 200]
        assert not bad, f"{len(bad)} of {SOAK_STEP} requests failed, the first with status {bad[0]}."
        sent += SOAK_STEP
    return sent


@pytest.mark.check("artefact-loaded-once", criterion="deployment-correctness", points=2)
def test_artefact_loaded_once(service, candidate, hidden, substance):
    """The model is in memory: once ready, the service answers the same with the artefact file emptied."""
    substance()
    rows = hidden.rows[:20]
    settle(service, hidden.complete[0])
    before = predict(service, rows, "With the artefact")
    artefact = candidate.fetch(ARTEFACT)
    assert artefact, f"{ARTEFACT} is missing or empty while the service runs."
    candidate.put(ARTEFACT, b"")
    try:
        after = predict(service, rows, "With the artefact file emptied")
        again = service.get("/healthz")
    finally:
        candidate.put(ARTEFACT, artefact)
    assert np.abs(before - after).max() <= SAME, "Predictions changed when the artefact file was emptied."
    assert again.status == 200, f"/healthz gave {describe(again)} when the artefact file was emptied."


@pytest.mark.check("ready-means-ready", criterion="operability", points=2)
def test_ready_means_ready(service, hidden, substance, measure):
    """Killed and started again, the service says 200 on /healthz only once /predict really answers."""
    substance()
    rows = hidden.rows[:20]
    settle(service, hidden.complete[0])
    before = predict(service, rows, "Before the restart")
    service.kill()
    started = time.monotonic()
    service.restart()
    while service.get("/healthz", timeout_s=1).status != 200:
        waited = time.monotonic() - started
        assert waited < READY_S, f"/healthz did not say 200 within {READY_S:.0f} s of a restart."
        assert waited < LOOK_S or not service.has_failed(), "Started again, the service ended with a failure."
        time.sleep(0.01 if waited < LOOK_S else 0.1)
    measure("cold_start", time.monotonic() - started, "s", reference=READY_S, varies=True)
    first = service.post("/predict", json={"rows": rows})
    assert first.status == 200, f"Right after the first 200 on /healthz, /predict gave {describe(first)}."
    gap = np.abs(read_predictions(first, len(rows), "The first request") - before).max()
    assert gap < 0.5, f"The first prediction after /healthz said 200 is off by {gap:.2f}: no model answered it."


@pytest.mark.check("restart-changes-nothing", criterion="operability", points=2)
def test_restart_changes_nothing(service, hidden, substance):
    """After SIGKILL and a start from the same artefact, every prediction is the same as before."""
    substance()
    rows = hidden.rows[:MAX_ROWS]
    settle(service, hidden.complete[0])
    before = predict(service, rows, "Before the restart")
    service.kill()
    service.restart()
    settle(service, hidden.complete[0])
    after = predict(service, rows, "After the restart")
    gap = np.abs(before - after)
    assert gap.max() <= SAME, (
        f"{(gap > SAME).sum()} of {len(rows)} predictions changed by a restart, by up to {gap.max():.4f}."
    )
