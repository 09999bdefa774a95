"""Form of what your monitor wrote for your own weeks. Passing these is necessary, not sufficient.

DATA_DIR is the folder of the delivery, OUT_DIR the folder your monitor wrote into; run it first.
"""

import json
import math
import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("DATA_DIR", "data"))
OUT = Path(os.environ.get("OUT_DIR", "out"))
KINDS = {
    "missing_column",
    "lost_join",
    "missing_rate",
    "unit_change",
    "level_shift",
    "category_collapse",
    "label_drift",
    "no_data",
}
PAGED = {"lost_join", "label_drift", "no_data"}


def refuse(text: str) -> float:
    raise ValueError(f"alerts.json is not strict JSON: {text}")


@pytest.fixture
def report() -> dict:
    return json.loads((OUT / "alerts.json").read_text(encoding="utf-8"), parse_constant=refuse)


@pytest.fixture
def listed() -> dict:
    return json.loads((DATA / "features.json").read_text(encoding="utf-8"))


def weeks_given() -> list[str]:
    return sorted(path.stem for path in (DATA / "weeks").glob("*.csv"))


def test_every_week_is_there_in_order(report):
    assert [one["week"] for one in report["weeks"]] == weeks_given()
    assert all(type(one["requests"]) is int for one in report["weeks"])


def test_alerts_have_the_briefed_keys(report):
    for alert in report["alerts"]:
        assert alert["week"] in weeks_given()
        assert alert["kind"] in KINDS
        assert alert["since"] in weeks_given() and alert["since"] <= alert["week"]
        assert isinstance(alert["action"], str) and alert["action"].strip()
        for key in ("expected", "observed"):
            assert math.isfinite(alert["evidence"][key])


def test_one_alert_for_a_subject_and_week_sorted(report):
    order = [(alert["week"], alert["feature"]) for alert in report["alerts"]]
    assert order == sorted(set(order))


def test_subjects_exist(report, listed):
    subjects = {one["name"] for one in listed["features"]} | {one["table"] for one in listed["features"]}
    assert {alert["feature"] for alert in report["alerts"]} <= subjects | {"label", "*"}


def test_severity_follows_importance(report, listed):
    importance = {one["name"]: one["importance"] for one in listed["features"]}
    for alert in report["alerts"]:
        is_page = alert["kind"] in PAGED or importance.get(alert["feature"], 0) >= listed["page_from_importance"]
        assert alert["severity"] == ("page" if is_page else "ticket"), alert
