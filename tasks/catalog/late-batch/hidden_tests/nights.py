"""What several checks share: the nights as the candidate published them, beside the truth."""

from collections import defaultdict
from datetime import date, timedelta

FIRST = date(2026, 2, 20)
NIGHTS = [(FIRST + timedelta(days=number)).isoformat() for number in range(10)]
RUNS = [f"night_{number:02d}" for number in range(1, 11)]
LAST = RUNS[-1]
"""The scenario that holds the truth about all nights."""
TABLE = ["day", "machine_id", "score", "missing"]
FILES = ["out/published.csv", "out/rejected.csv", "out/overdue.csv", "out/summary.json"]
ON_TIME = ("plain", "rests")
ENOUGH = 0.25
"""The share of right scores in the first night's table from which there is something to judge."""


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


def right_at_first(story: Story, truth) -> float:
    """Return the share of the first night's scores that are right. All its partitions are whole and on
    time and no window reaches behind it: counters times weights are all there is to it."""
    expected = truth.csv(LAST, "published.csv")
    expected = expected[expected["night"] == NIGHTS[0]]
    got = story.nights[0].get(NIGHTS[0], {})
    right = [
        got.get(row.machine_id, (None,))[0] == int(row.score) for row in expected.itertuples()
    ]
    return sum(right) / len(right)
