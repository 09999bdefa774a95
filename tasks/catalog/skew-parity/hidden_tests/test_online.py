"""Whether the online path says what the batch path says, for each kind of row by itself."""

import numpy as np
import pytest
from comparing import expect_equal, share_equal

SIZES = (1, 2, 3, 5, 8, 13, 40, 78)


def judge(online, hidden, name: str, what: str, measure) -> None:
    """Send a set of rows one by one."""
    rows, due = hidden[name]["rows"], np.array(hidden[name]["scores"])
    found = online.singly(rows)
    measure(f"equal_scores_{name}", share_equal(found, due), "1", reference=1.0)
    expect_equal(found, due, what, rows)


@pytest.mark.check("single-rows", criterion="parity", points=2)
def test_single_rows(online, hidden, substance, measure):
    """Rows sent alone have the batch path's score, with all their digits and beyond the model's bounds."""
    substance()
    judge(online, hidden, "single", "rows with three decimals or beyond the bounds", measure)


@pytest.mark.check("in-company", criterion="parity", points=3)
def test_in_company(online, hidden, substance):
    """Rows have the same score in small and large requests, in another order, beside rows without a
    distance, and when a parcel comes twice."""
    substance()
    rows, due = hidden["company"]["rows"], np.array(hidden["company"]["scores"])
    cuts = np.cumsum(SIZES)[:-1].tolist()
    expect_equal(online.scores(split(rows, cuts)), due, f"requests of {SIZES} rows")
    backwards = rows[::-1]
    even = list(range(10, len(rows), 10))
    expect_equal(online.scores(split(backwards, even)), due[::-1], "the same rows in another order, by tens")
    twice = [*rows[:6], *rows[2:5], rows[0]]
    expect_equal(online.scores([twice]), [*due[:6], *due[2:5], due[0]], "a request with parcels that come twice")


def split(rows: list[dict], cuts: list[int]) -> list[list[dict]]:
    return [rows[start:end] for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)]


@pytest.mark.check("missing-fields", criterion="parity", points=2)
def test_missing_fields(online, hidden, substance, measure):
    """A number, a category or a depot that is not there, null or empty is what an empty cell is in the export."""
    substance()
    judge(online, hidden, "missing", "rows that lack one field", measure)


@pytest.mark.check("unseen-values", criterion="parity", points=2)
def test_unseen_values(online, hidden, substance, measure):
    """A category or a depot that the model does not know is scored as in the batch path."""
    substance()
    judge(online, hidden, "unseen", "rows with an unknown category or depot", measure)


@pytest.mark.check("numbers-as-text", criterion="parity", points=2)
def test_numbers_as_text(online, hidden, substance, measure):
    """Numbers that come as text, whole ones included, are numbers."""
    substance()
    judge(online, hidden, "text", "rows with numbers as text", measure)


@pytest.mark.check("zone-offsets", criterion="parity", points=2)
def test_zone_offsets(online, hidden, substance, measure):
    """The weekday is that of the model's zone, whatever offset the stamp has."""
    substance()
    judge(online, hidden, "zones", "rows whose stamp or whose UTC day is another weekday", measure)


@pytest.mark.check("forms-of-the-log", criterion="parity", points=3)
def test_forms_of_the_log(online, hidden, substance, measure):
    """Numbers and categories are understood in every form in which clients write them in the log."""
    substance()
    judge(online, hidden, "forms", "rows in the forms of the candidate's log", measure)


@pytest.mark.check("artefact-alone", criterion="one-path", points=2)
def test_artefact_alone(online, hidden, substance):
    """Scores are the same where there is no training table, no log and no deployed folder."""
    substance()
    rows, due = hidden["plain"]["rows"], hidden["plain"]["scores"]
    expect_equal(online.scores([rows], "alone"), due, f"{len(rows)} rows in one request, with the model alone")
    expect_equal(online.singly(rows, "alone"), due, f"{len(rows)} rows sent one by one, with the model alone", rows)


@pytest.mark.check("artefact-decides", criterion="one-path", points=2)
def test_artefact_decides(online, hidden, substance):
    """Two models are asked in turn in one process and each gives its own scores; one of another schema is
    refused."""
    substance()
    rows = hidden["plain"]["rows"]
    for model, due in (("model.json", "scores"), ("next_model.json", "next_scores"), ("model.json", "scores")):
        expect_equal(online.scores([rows], model=model), hidden["plain"][due], f"{len(rows)} rows with {model}")
    (call,) = online.calls([rows[:1]], model="foreign_model.json")
    assert call.state == "raised", (
        f"a model of schema 4 was not refused: the call {call.state} ({str(call.words or call.result)[:80]})"
    )
