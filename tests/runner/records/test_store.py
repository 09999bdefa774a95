"""The records keep what was found, in either database, and are brought up from earlier versions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from report_samples import service
from sqlalchemy import text

from runner.records import Home, Records
from runner.records.database import open_database

if TYPE_CHECKING:
    from graders.evidence import Evidence


def of_candidate(code: str, submission: str) -> Evidence:
    sample = service()
    whose = {"candidate": code, "id": submission}
    return sample.model_copy(update={"submission": sample.submission.model_copy(update=whose)})


def test_a_grading_comes_back_as_it_was(records: Records) -> None:
    number = records.add_grading(service(), key="k", files=None)
    assert records.grading(number) == service()
    found = records.find_graded("k", ("graded",))
    assert found is not None
    assert (found.number, found.evidence) == (number, service())
    assert records.find_graded("k", ("not_gradable",)) is None
    assert records.find_graded("other", ("graded",)) is None


def test_gradings_are_told_in_the_same_order_over_any_database(records: Records) -> None:
    for code in ("a-1", "B-1", "b-1", "A-1", "\u00e4-1", "Z-1"):
        records.add_grading(of_candidate(code, code), key=code, files=None)
    told = [one["candidate"] for one in records.latest_results()]
    assert told == ["A-1", "B-1", "Z-1", "a-1", "b-1", "\u00e4-1"]


def test_many_who_record_the_same_submission_all_succeed(home: Home) -> None:
    def record(number: int) -> int:
        records = Records(home)
        try:
            return records.add_grading(service(), key=f"k{number}", files=None)
        finally:
            records.close()

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(record, range(8)))
    assert len(set(numbers)) == 8


def test_what_is_kept_may_be_replaced(records: Records) -> None:
    assert records.find_kept("k") is None
    records.keep("k", b"first")
    records.keep("k", b"last")
    assert records.find_kept("k") == b"last"


def test_a_variant_comes_back(records: Records) -> None:
    assert records.find_variant("v") is None
    records.add_variant("v", {"a": b"1", "b/c": b"\x00\xff"})
    records.add_variant("v", {"a": b"1", "b/c": b"\x00\xff"})
    assert records.find_variant("v") == {"a": b"1", "b/c": b"\x00\xff"}


def test_records_of_an_earlier_version_are_brought_up(home: Home) -> None:
    records = Records(home)
    number = records.add_grading(service(), key="k", files=None)
    records.close()
    engine = open_database(home)
    with engine.execution_options(writing=True).begin() as connection:
        connection.execute(text("ALTER TABLE gradings DROP COLUMN result"))
        connection.execute(text("DROP TABLE jobs"))
    engine.dispose()
    again = Records(home)
    (result,) = again.latest_results()
    assert result == again.results_of([number])[number]
    assert result["candidate"] == service().submission.candidate
    assert again.queue.batches() == []
    again.close()
