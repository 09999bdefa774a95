"""Which columns and rows the candidate found to be known too late."""

import pandas as pd
import pytest
from churn_evidence import FEATURES, read_ledger, rejected_columns


@pytest.mark.check("late-columns-rejected", criterion="evaluation-validity", points=2)
def test_late_columns_rejected(deliverables, truth, substance, measure):
    """Columns that the dictionary says are written or overwritten later are rejected."""
    rejected = rejected_columns(deliverables, "fresh")
    late = set(truth.json("fresh", "answers.json")["documented"])
    measure("late_columns_rejected", len(late & rejected), "columns", reference=len(late))
    substance()
    assert late <= rejected, f"{len(late - rejected)} of {len(late)} columns written too late are not rejected: {', '.join(sorted(late - rejected))}."


@pytest.mark.check("mislabelled-column-found", criterion="evaluation-validity", points=3)
def test_mislabelled_column_found(deliverables, truth, substance, measure):
    """A count that is documented as frozen, but goes on counting in the data, is found and rejected."""
    rejected = rejected_columns(deliverables, "fresh")
    column = truth.json("fresh", "answers.json")["mislabelled"]
    measure("mislabelled_column_rejected", int(column in rejected), "columns", reference=1)
    substance()
    assert column in rejected, (
        f"`{column}` is documented as a copy of the reference date, yet counts rows recorded up to the extract; it is not rejected."
    )


@pytest.mark.check("event-rows-known", criterion="evaluation-validity", points=2)
def test_event_rows_known(deliverables, truth, measure):
    """Event rows are cut by the time they were recorded, at the end of each customer's own reference date."""
    content = deliverables.json("fresh", FEATURES)
    stated = content.get("event_rows_left_out") if isinstance(content, dict) else None
    assert isinstance(stated, dict), f"{FEATURES} has no object under 'event_rows_left_out'."
    expected = truth.json("fresh", "answers.json")["event_rows_left_out"]
    for table, count in expected.items():
        value = stated.get(table)
        whole = isinstance(value, int) and not isinstance(value, bool)
        assert whole, f"'event_rows_left_out' has no whole number for {table!r}."
        measure(f"event_rows_left_out_{table}", value, "rows", reference=count)
        assert value == count, (
            f"For {table}.csv {value} event rows were left out; {count} were recorded after their customer's reference date."
        )


@pytest.mark.check("ledger-complete", criterion="reasoning", points=1)
def test_ledger_complete(deliverables, truth, substance):
    """Every column of customers.csv is either used or rejected, once, with a reason."""
    substance()
    ledger = read_ledger(deliverables, "fresh")
    entries = ledger["used"] + ledger["rejected"]
    named = [column for column, _ in entries]
    columns = set(pd.read_csv(truth.public("fresh") / "columns.csv")["column"])
    twice = sorted({column for column in named if named.count(column) > 1})
    assert not twice, f"{len(twice)} columns are listed more than once, such as {twice[0][:60]!r}."
    missing, unknown = sorted(columns - set(named)), sorted(set(named) - columns)
    assert not missing, f"{len(missing)} of {len(columns)} columns are neither used nor rejected: {', '.join(missing)}."
    assert not unknown, f"{len(unknown)} names are no columns of customers.csv, such as {unknown[0][:60]!r}."
    bare = [column for column, reason in entries if not reason.strip()]
    assert not bare, f"{len(bare)} columns have no reason, such as {bare[0]!r}."
