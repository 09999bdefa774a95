"""What several checks share: the nights as the candidate published them, beside the truth."""

from collections import defaultdict
from datetime import date, timedelta

import numpy as np

FIRST = date(2026, 2, 20)
NIGHTS = [(FIRST + timedelta(days=number)).isoformat() for number in range(13)]
RUNS = [f"night_{number:02d}" for number in range(1, 14)]
LAST = RUNS[-1]
"""The scenario that holds the truth about all nights."""
TABLE = ["day", "machine_id", "score", "missing"]
FILES = ["out/published.csv", "out/rejected.csv", "out/overdue.csv", "out/summary.json"]
ON_TIME = ("plain", "rests")
COMMON_SCALE = 0.45
"""The correlation with the right scores from which there is something to judge. One counter alone
correlates by about 0.3: four of about equal weight over three or four independent days."""


def whole(text: str) -> int | str:
    """Read a number, in whatever notation; form is judged elsewhere."""
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else text


def blocks(table) -> dict[str, dict[str, tuple]]:
    """Return day -> machine -> (score, missing)."""
    found: dict[str, dict[str, tuple]] = defaultdict(dict)
    cells = zip(*(table[column] for column in TABLE), strict=True)
    for day, machine, score, missing in cells:
        found[day][machine] = (whole(score), whole(missing))
    return dict(found)


def published(deliverables, run: str) -> dict[str, dict[str, tuple]]:
    return blocks(deliverables.csv(run, "out/published.csv", columns=TABLE))


class Story:
    """What downstream had after each recorded night: each day's table as published last."""

    def __init__(self, deliverables) -> None:
        self.nights = [published(deliverables, run) for run in RUNS]
        self.views: list[dict[str, dict[str, tuple]]] = []
        view: dict[str, dict[str, tuple]] = {}
        for night in self.nights:
            view = {day: dict(rows) for day, rows in view.items()}
            for day, rows in night.items():
                view.setdefault(day, {}).update(rows)
            self.views.append(view)

    def wrong(self, truth, habits: tuple[str, ...], *fields: str) -> str:
        """Compare what these plants' machines had after every night; return a sentence, empty if all
        is right. `fields` are `score` and `missing`."""
        places = [TABLE.index(field) - 2 for field in fields]
        expected = truth.csv(LAST, "published.csv")
        expected = expected[expected["habit"].isin(habits)]
        bad, first = 0, ""
        for row in expected.itertuples():
            due = (int(row.score), int(row.missing))
            got = self.views[NIGHTS.index(row.night)].get(row.day, {}).get(row.machine_id)
            if got is None or any(got[place] != due[place] for place in places):
                bad += 1
                shown = dict(zip(fields, (due[place] for place in places), strict=True))
                had = got and dict(zip(fields, (got[place] for place in places), strict=True))
                first = first or f"{row.machine_id} on {row.day} has {had} instead of {shown} after the night {row.night}"
        if not bad:
            return ""
        return f"{bad} of {len(expected)} entries of all nights' tables are wrong, e.g. {first}"


def correlation(story: Story, truth) -> float:
    """Return how the scores that plants on time had in their own night go with the right ones; those
    that are missing or no numbers count as the mean."""
    expected = truth.csv(LAST, "published.csv").query("night == day")
    expected = expected[expected["habit"].isin(ON_TIME)]
    got = [
        story.nights[NIGHTS.index(row.night)].get(row.day, {}).get(row.machine_id, ("", ""))[0]
        for row in expected.itertuples()
    ]
    numbers = [float(one) for one in got if isinstance(one, int) and abs(one) < 1e15]
    middle = float(np.mean(numbers)) if numbers else 0.0
    have = np.array([float(one) if isinstance(one, int) and abs(one) < 1e15 else middle for one in got])
    if np.ptp(have) == 0:
        return 0.0
    return float(np.corrcoef(have, expected["score"].astype(float))[0, 1])
