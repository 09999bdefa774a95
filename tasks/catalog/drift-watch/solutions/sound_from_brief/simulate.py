"""Measure the monitor on invented deliveries: python simulate.py [DELIVERIES] [SEED]

Prints the false alerts in 52 quiet weeks, and for drifts that are just material and last five weeks, how often they are
named in their first week and in the first two, in what share of the later weeks, and how many alerts outlast them.
The deliveries are harder than ours: less regular seasons, wrong season lengths, heavier tails, fewer requests.
"""

import sys
from collections import Counter, defaultdict
from datetime import date, timedelta

import numpy as np

from monitor import Monitor
from rules import COLLAPSE, LABEL, LOST_JOIN, MISSING, SPREADS, UNIT_FACTOR, WOBBLES
from usual import learn
from weeks import _week

QUIET, DRIFT, AFTER = 104, 5, 4


class Delivery:
    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.reference_weeks = int(rng.integers(52, 90))
        self.usual_requests = int(rng.choice([120, 180, 300]))
        self.label = rng.uniform(0.1, 0.5)
        self.features, self.listed = {}, []
        for place in range(12):
            kind = "category" if place in (3, 7, 11) else "number"
            length = int(rng.integers(6, 27)) if rng.random() < 0.4 else None
            self.features[f"f{place}"] = {
                "kind": kind,
                "table": "t" if place in (3, 4) else None,
                "length": length,
                "phase": rng.uniform(0, 6.3),
                "bend": rng.uniform(0, 0.4),
                "height": rng.uniform(0.3, 1.5),
                "missing": rng.choice([0.0, 0.02, 0.1, 0.3]) if place not in (3, 4) else 0.0,
                "centre": rng.choice([0.0, 10.0, 100.0]),
                "wander": rng.choice([0.0, 0.1, 0.4, 1.0]),
                "tail": rng.choice(["normal", "lognormal", "student"]),
                "shares": np.sort(rng.dirichlet(np.full(4, 6.0)))[::-1],
            }
            wrong = length and rng.random() < 0.2
            self.listed.append(
                {
                    "name": f"f{place}",
                    "type": kind,
                    "table": self.features[f"f{place}"]["table"],
                    "season_weeks": length + int(rng.choice([-3, 3])) if wrong else length,
                    "importance": rng.uniform(0, 0.2),
                }
            )

    def week(self, number: int, drift: dict | None = None) -> object:
        rng, drift = self.rng, drift or {}
        n = int(rng.integers(int(0.8 * self.usual_requests), int(1.2 * self.usual_requests)))
        columns = {name: self._cells(name, one, n, number, drift) for name, one in self.features.items()}
        lost = rng.random(n) < (0.03 if drift.get("kind") != "lost_join" else LOST_JOIN + 0.03)
        for name, one in self.features.items():
            gone = rng.random(n) < one["missing"] + (MISSING if drift.get("missing_rate") == name else 0)
            if one["table"]:
                gone |= lost
            columns[name] = np.where(gone, "", columns[name])
        rate = self.label + (LABEL if drift.get("kind") == "label_drift" else 0)
        columns["label"] = np.where(rng.random(n) < rate, "1", "0")
        lines = [dict(zip(columns, cells)) for cells in zip(*columns.values())]
        if rng.random() < 0.1:
            lines += [line for line in lines[: n // 5] for _ in range(7)]
        monday = (date(2020, 1, 6) + timedelta(weeks=number)).isoformat()
        return _week(monday, list(columns), lines, list(self.features))

    def _cells(self, name: str, one: dict, n: int, number: int, drift: dict) -> np.ndarray:
        rng, season = self.rng, 0.0
        if one["length"]:
            turn = 2 * np.pi * (number % one["length"]) / one["length"] + one["phase"]
            season = one["height"] * (np.sin(turn) + one["bend"] * np.sin(2 * turn))
        if one["kind"] == "category":
            shares = one["shares"] * np.exp(np.array([0.3, -0.3, 0, 0]) * season)
            shares = shares / shares.sum()
            if drift.get("category_collapse") == name:
                moved = COLLAPSE * shares[0]
                shares = shares + moved * np.array([-1, 1, 0, 0])
            cells = rng.choice(["a", "b", "c", "d"], n, p=shares).astype(object)
            cells[rng.random(n) < 0.002] = f"new{number}"
            return cells
        draw = {"normal": rng.standard_normal, "lognormal": lambda m: rng.lognormal(0, 1.2, m), "student": lambda m: rng.standard_t(2, m)}
        values = one["centre"] + draw[one["tail"]](n) + season + one["wander"] * rng.standard_normal()
        values = values + drift.get("moves", {}).get(name, 0.0)
        values = values * (drift.get("factor", 1.0) if drift.get("unit_change") == name else 1.0)
        return np.array([f"{value:.4f}" for value in values], dtype=object)


def drifts_of(delivery: Delivery, usual: dict) -> list[tuple[str, str, dict]]:
    found = [("lost_join", "t", {"kind": "lost_join"}), ("label_drift", "label", {"kind": "label_drift"})]
    for name, one in usual["features"].items():
        sign = delivery.rng.choice([-1, 1])
        found.append(("missing_rate", name, {"missing_rate": name}))
        if one["type"] == "category":
            if delivery.features[name]["shares"][0] * 0.6 > 0.2 or not delivery.features[name]["length"]:
                found.append(("category_collapse", name, {"category_collapse": name}))
            continue
        move = sign * max(SPREADS * one["spread"], WOBBLES * one["level"]["wobble"])
        found.append(("level_shift", name, {"moves": {name: move}}))
        found.append(("unit_change", name, {"unit_change": name, "factor": UNIT_FACTOR ** float(sign)}))
    return found


def main() -> None:
    deliveries = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    rng = np.random.default_rng(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    false, years, result, seasons = Counter(), [], defaultdict(lambda: np.zeros(6)), Counter()
    for _ in range(deliveries):
        delivery = Delivery(rng)
        n = delivery.reference_weeks
        usual = learn({"features": delivery.listed, "page_from_importance": 0.1}, [delivery.week(i) for i in range(n)])
        for name, one in usual["features"].items():
            seasons["right" if one["season"] == delivery.features[name]["length"] else "other"] += 1
        monitor = Monitor(usual)
        alerts = [alert for i in range(QUIET) for alert in monitor.alerts(delivery.week(n + i))]
        false.update(alert["kind"] for alert in alerts)
        years.append(len(alerts) * 52 / QUIET)
        for kind, subject, drift in drifts_of(delivery, usual):
            monitor, start = Monitor(usual), n + int(rng.integers(2, 60))
            named = []
            for i in range(-2, DRIFT + AFTER):
                got = monitor.alerts(delivery.week(start + i, drift if 0 <= i < DRIFT else None))
                named.append(any((one["kind"], one["feature"]) == (kind, subject) for one in got))
            named = named[2:]
            late = sum(named[DRIFT + 2 :])
            result[kind] += [1, named[0], named[0] or named[1], sum(named[1:DRIFT]) / (DRIFT - 1), sum(named[DRIFT:][:2]), late]
    print(f"false alerts in 52 weeks: mean {np.mean(years):.2f}, most {max(years):.1f}; {dict(false)}; seasons {dict(seasons)}")
    for kind, (count, first, two, stays, grace, late) in result.items():
        print(
            f"{kind:18} {count:4.0f} drifts, week 1 {first / count:.3f}, weeks 1-2 {two / count:.3f}, "
            f"week 2 on {stays / count:.3f}, in the 2 weeks after {grace / count:.3f}, later {late / count:.3f}"
        )


if __name__ == "__main__":
    main()
