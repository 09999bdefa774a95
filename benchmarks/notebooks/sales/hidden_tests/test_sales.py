"""The answers are those of the clean sales. `benchmarks/notebooks/otter` checks the same."""

import pytest
from worksample_checks import numbers


@pytest.fixture
def said(deliverables):
    return deliverables.json("public", "out/answers.json")


@pytest.fixture
def true(truth):
    return truth.json("public", "answers.json")


@pytest.mark.check("rows", criterion="analysis", points=1)
def test_rows(said, true, measure) -> None:
    """Repeated lines and those without a quantity are left out."""
    measure("rows", true["rows"], "rows")
    assert said["rows"] == true["rows"], f"{said['rows']} rows instead of {true['rows']}."


@pytest.mark.check("revenue", criterion="analysis", points=1)
def test_revenue(said, true) -> None:
    """Revenue is quantity times price."""
    assert said["revenue"] == pytest.approx(true["revenue"], abs=0.01), "The revenue is wrong."


@pytest.mark.check("daily", criterion="analysis", points=1)
def test_daily(deliverables, truth) -> None:
    """The revenue of each day is right."""
    found = deliverables.csv("public", "out/daily.csv", columns=["day", "revenue"])
    expected = truth.csv("public", "daily.csv")
    assert found["day"].tolist() == expected["day"].tolist(), "The days are wrong."
    revenue = numbers(expected["revenue"], "revenue")
    assert numbers(found["revenue"], "revenue") == pytest.approx(revenue, abs=0.01), (
        "A day is wrong."
    )


@pytest.mark.check("best-product", criterion="analysis", points=1)
def test_best_product(said, true) -> None:
    """The best product is found."""
    assert said["best_product"] == true["best_product"], "Another product is the best."


@pytest.mark.check("median-basket", criterion="analysis", points=1)
def test_median_basket(said, true) -> None:
    """The median basket is what one customer spent on one day."""
    assert said["median_basket"] == pytest.approx(true["median_basket"], abs=0.01), "It is another."


@pytest.mark.check("returning", criterion="analysis", points=1)
def test_returning(said, true) -> None:
    """Those who came on two days are counted."""
    assert said["returning"] == pytest.approx(true["returning"], abs=1e-6), "The share is another."


@pytest.mark.check("best-weekday", criterion="analysis", points=1)
def test_best_weekday(said, true) -> None:
    """The best day of the week is found."""
    assert said["best_weekday"] == true["best_weekday"], "Another day is the best."


@pytest.mark.check("top-customers", criterion="analysis", points=1)
def test_top_customers(said, true) -> None:
    """The five best customers are found, in order."""
    assert said["top_customers"] == true["top_customers"], "Others are the best."
