"""Whether the batch path is what it was, and whether both paths are one."""

import csv
import io
import json

import numpy as np
import pytest
from comparing import expect_equal, share_equal

PATH = "out/scores.csv"
STAND_IN = '''"""In the place of the candidate's features.py: the same vector for every row."""


def vectors(rows, model):
    columns = enumerate(zip(model["centre"], model["scale"]))
    made = [centre + scale * 0.1 * (place + 1) for place, (centre, scale) in columns]
    return [list(made) for _ in rows]
'''
ASK_ONLINE = """
import json, sys
rows = json.load(sys.stdin)
import online
scores = online.score(rows, sys.argv[1])
print()
print(json.dumps([float(score) for score in scores]))
"""


@pytest.mark.check("batch-unchanged", criterion="parity", points=2)
def test_batch_unchanged(deliverables, truth, substance, measure):
    """The batch path gives the scores that it gave before, on the candidate's export and on an unseen one."""
    substance(right=0.9)
    for run, scenario in (("public", "public"), ("fresh", "fresh"), ("alone", "fresh")):
        due = truth.json(scenario, "batch.json")
        table = deliverables.csv(run, PATH, columns=["parcel_id", "score"])
        order = truth_order(truth, scenario)
        assert table["parcel_id"].tolist() == order, (
            f"scores.csv of run {run} has {len(table)} rows, the export has {len(order)}, or they are in another order"
        )
        found = np.array(parse(table["score"].tolist(), "scores.csv"))
        wanted = np.array([due[name] for name in order])
        if run != "alone":
            measure(f"batch_scores_kept_{run}", share_equal(found, wanted), "1", reference=1.0)
        expect_equal(found, wanted, f"the batch run {run}")


def truth_order(truth, scenario: str) -> list[str]:
    with (truth.public(scenario) / "parcels.csv").open(encoding="utf-8", newline="") as handle:
        return [row["parcel_id"] for row in csv.DictReader(handle)]


@pytest.mark.check("one-code-path", criterion="one-path", points=3)
def test_one_code_path(candidate, hidden, model, substance):
    """Both paths follow `features.vectors`: with another features.py in place, both give what it says."""
    substance()
    before = candidate.fetch("features.py", scenario="fresh")
    assert before is not None, "there is no features.py in the submission's root"
    candidate.put("features.py", STAND_IN.encode(), scenario="fresh")
    try:
        night, request = batch_scores(candidate), online_scores(candidate, hidden["plain"]["rows"][:40])
    finally:
        candidate.put("features.py", before, scenario="fresh")
    logit = model["intercept"] + sum(0.1 * (place + 1) * weight for place, weight in enumerate(model["weights"]))
    due = 1 / (1 + np.exp(-logit))
    expect_follows(night, due, "batch.py")
    expect_follows(request, due, "online.score")


def expect_follows(found: list[float], due: float, what: str) -> None:
    apart = sum(not abs(score - due) <= 1e-6 for score in found)
    assert not apart, (
        f"with another features.py in place, {apart} of {len(found)} scores of {what} are not what it says "
        f"({due:.6f}; the first is {found[0]:.6f}): its features come from elsewhere"
    )


def batch_scores(candidate) -> list[float]:
    arguments = ["--model", "{data}/model.json", "--parcels", "{data}/parcels.csv", "--out", "one_path.csv"]
    done = candidate.run(["env", "PYTHONDONTWRITEBYTECODE=1", "python", "batch.py", *arguments], scenario="fresh")
    written = candidate.fetch("one_path.csv", scenario="fresh") if done.finished else None
    assert written, f"batch.py did not run with another features.py in place: {done.stderr[-300:]}"
    rows = list(csv.DictReader(io.StringIO(written.decode("utf-8", "replace"))))
    return parse([row.get("score") for row in rows], "batch.py")


def online_scores(candidate, rows: list[dict]) -> list[float]:
    command = ["env", "PYTHONDONTWRITEBYTECODE=1", "python", "-c", ASK_ONLINE, "{data}/model.json"]
    done = candidate.run(command, scenario="fresh", stdin=json.dumps(rows).encode())
    assert done.finished, f"online.score did not run with another features.py in place: {done.stderr[-300:]}"
    last = done.stdout.strip().splitlines()[-1:] or ["[]"]
    return parse(last[0].strip("[]").split(","), "online.score")


def parse(cells: list, what: str) -> list[float]:
    """Return numbers from what the candidate's code wrote."""
    try:
        found = [float(cell) for cell in cells]
    except (TypeError, ValueError):
        found = []
    assert found, f"{what} gave no scores, but {str(cells)[:80]}"
    return found
