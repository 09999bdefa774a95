from __future__ import annotations

import csv
import io
import sys
from typing import Any

import pandas as pd
import pytest
from report_samples import cohort, invalid, not_gradable, repo

from graders.assess import add_up
from graders.evidence import Outcome
from runner.errors import ExportError
from runner.export import Wish, parquet, spreadsheet
from runner.export.rows import Row, rows_of
from tasks.rubric import Criterion


def table() -> list[dict[str, str]]:
    text = spreadsheet.render(cohort(), Wish()).decode()
    return list(csv.DictReader(io.StringIO(text), strict=True))


def test_a_row_for_each_check_and_one_without_a_grade() -> None:
    found = table()
    keys = [(row["candidate"], row["check"]) for row in found]
    assert len(set(keys)) == len(keys)
    for one in cohort():
        expected = [check.id for check in one.checks] or [""]
        assert [check for code, check in keys if code == one.submission.candidate] == expected


def test_a_submission_without_a_grade_has_its_reason_and_no_number() -> None:
    for one in (invalid(), not_gradable()):
        (row,) = rows_of([one])
        assert row.state is one.state
        assert (one.reason or one.problems[0]) in row.reason
        assert (row.check, row.outcome, row.points, row.max_points) == (None, None, None, None)


def test_sums_are_those_of_the_criteria() -> None:
    one = repo()
    rows = rows_of([one])
    for criterion in one.criteria:
        added = add_up(
            Criterion(
                id=criterion.id, title="t", definition="d", weight=1, anchors=_ANCHORS,
                non_negotiable=criterion.non_negotiable,
            ),
            one.checks,
        )  # fmt: skip
        mine = [row for row in rows if row.criterion == criterion.id]
        assert sum(row.points or 0 for row in mine) == added.points
        assert sum(row.max_points or 0 for row in mine) == added.max_points
        assert {row.non_negotiable for row in mine} <= {criterion.non_negotiable}


_ANCHORS = {level: f"Anchor {level}." for level in "1234"}


def test_a_broken_check_has_no_points_either_way_and_one_not_run_gained_none() -> None:
    points = {row.outcome: (row.points, row.max_points) for row in rows_of([repo()])}
    assert points[Outcome.ERROR] == (None, None)
    assert points[Outcome.NOT_RUN] == (0, 2)


def test_csv_keeps_numbers_and_is_read_by_pandas() -> None:
    text = spreadsheet.render(cohort(), Wish()).decode()
    frame = pd.read_csv(io.StringIO(text))
    assert list(frame.columns) == list(Row.model_fields)
    assert pd.api.types.is_numeric_dtype(frame["points"])
    graded = [one for one in cohort() if one.checks]
    assert frame["points"].sum() == sum(
        check.points for one in graded for check in one.checks if check.outcome != Outcome.ERROR
    )


def read_parquet() -> Any:
    pytest.importorskip("pyarrow")
    reader: Any = pytest.importorskip("pyarrow.parquet")
    return reader.read_table(io.BytesIO(parquet.render(cohort(), Wish())))


def test_parquet_has_types() -> None:
    found = read_parquet()
    types = {field.name: str(field.type) for field in found.schema}
    assert list(types) == list(Row.model_fields)
    assert types["received_at"] == types["graded_at"] == "timestamp[us, tz=UTC]"
    assert types["points"] == types["max_points"] == types["duration_s"] == "double"
    assert types["non_negotiable"] == "bool"
    assert {types[name] for name in ("candidate", "outcome", "state", "detail")} == {"string"}
    assert not found.schema.field("candidate").nullable
    assert found.schema.field("points").nullable
    assert found.schema.metadata[b"worksample.rows"] == b"1"


def test_parquet_holds_what_csv_holds() -> None:
    rows = read_parquet().to_pylist()
    assert len(rows) == len(table())
    for typed, text in zip(rows, table(), strict=True):
        for name, value in typed.items():
            if value is None:
                assert text[name] == ""
            elif isinstance(value, float):
                assert float(text[name]) == value
            elif isinstance(value, bool):
                assert text[name] == str(value).lower()
            elif isinstance(value, str):
                assert text[name] == value.replace("\n", " ")
            else:
                assert text[name] == value.isoformat()


def test_without_pyarrow_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExportError, match=r"pip install 'worksample\[parquet\]'"):
        parquet.render(cohort(), Wish())
