"""The checks of `benchmarks/notebooks/sales/hidden_tests`, as a test file of otter's."""

import json
from pathlib import Path

from otter.test_files import test_case

OK_FORMAT = False

name = "sales"
points = [1, 1, 1, 1, 1, 1, 1, 1]
all_or_nothing = False


def true(key):
    return json.loads(Path("truth/answers.json").read_text())[key]


def is_near(found, expected, most):
    assert abs(found - expected) <= most


@test_case(name="rows")
def test_rows(answers):
    assert answers["rows"] == true("rows")


@test_case(name="revenue")
def test_revenue(answers):
    is_near(answers["revenue"], true("revenue"), 0.01)


@test_case(name="daily")
def test_daily(daily):
    import pandas as pd

    expected = pd.read_csv("truth/daily.csv")
    assert list(daily["day"]) == list(expected["day"])
    assert (daily["revenue"] - expected["revenue"]).abs().max() <= 0.01


@test_case(name="best-product")
def test_best_product(answers):
    assert answers["best_product"] == true("best_product")


@test_case(name="median-basket")
def test_median_basket(answers):
    is_near(answers["median_basket"], true("median_basket"), 0.01)


@test_case(name="returning")
def test_returning(answers):
    is_near(answers["returning"], true("returning"), 1e-6)


@test_case(name="best-weekday")
def test_best_weekday(answers):
    assert answers["best_weekday"] == true("best_weekday")


@test_case(name="top-customers")
def test_top_customers(answers):
    assert answers["top_customers"] == true("top_customers")
