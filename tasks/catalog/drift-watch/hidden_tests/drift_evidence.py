"""The alerts of one run beside what was planted."""

from collections import defaultdict

COVARIATE_KINDS = ("missing_column", "missing_rate", "unit_change", "level_shift", "category_collapse")
KINDS = (*COVARIATE_KINDS, "lost_join", "label_drift", "no_data")
CALM = {
    "level",
    "centred",
    "heavy",
    "lasting",
    "creeping",
    "lookup",
    "joined_number",
    "joined_text",
    "collapsing",
    "table",
    "label",
}
"""Roles of subjects without a season that hardly stray from week to week."""
IN_TIME = 2


class Plan:
    """What was planted in the weeks of a scenario; weeks are positions from here on."""

    def __init__(self, facts: dict) -> None:
        self.facts = facts
        self.weeks = facts["weeks"]
        self.subjects = facts["subjects"]
        self.incidents = facts["incidents"]
        self.special = {name: set(weeks) for name, weeks in facts["special"].items()}
        self.position = {week: number for number, week in enumerate(self.weeks)}
        self._dirty = self._dirty_weeks()

    def incident(self, role: str) -> dict:
        return next(one for one in self.incidents if one["role"] == role)

    def _dirty_weeks(self) -> dict[str, set[int]]:
        """Return for each subject the weeks in which an alert may be right, or late to end."""
        dirty = defaultdict(set)
        for one in self.incidents:
            weeks = range(one["first"], one["last"] + self.facts["shadow_weeks"] + 1)
            names = [one["feature"], *(self.facts["joined"] if one["kind"] == "lost_join" else [])]
            for name in names:
                dirty[name].update(weeks)
        dirty[self.subjects["size"]] |= self.special["missing_column"]
        return dirty

    def is_quiet(self, subject: str, week: int) -> bool:
        """Tell whether no alert on this subject can be right in this week."""
        return week not in self.special["empty"] and week not in self._dirty[subject]

    def names(self, roles) -> set[str]:
        return {name for role, name in self.subjects.items() if role in roles}

    def weeks_of(self, incident: dict, count: int | None = None) -> list[int]:
        """Return the weeks with requests in which the drift is material, or the first so many of them."""
        weeks = [
            week for week in range(incident["material"], incident["last"] + 1) if week not in self.special["empty"]
        ]
        return weeks[:count]


class Replay:
    """The alerts of one run. What is not an alert at all fails the check."""

    def __init__(self, document: object, plan: Plan) -> None:
        assert isinstance(document, dict), "alerts.json is not an object"
        for key in ("weeks", "alerts"):
            assert isinstance(document.get(key), list), f"alerts.json has no list {key!r}"
            odd = [one for one in document[key] if not isinstance(one, dict)]
            assert not odd, f"an entry of {key!r} in alerts.json is not an object: {str(odd[0])[:80]}"
        self.plan = plan
        self.weeks, self.alerts = document["weeks"], document["alerts"]
        nameless = [one for one in self.weeks if not isinstance(one.get("week"), str)]
        assert not nameless, f"an entry of 'weeks' in alerts.json has no text 'week': {str(nameless[0])[:80]}"
        for alert in self.alerts:
            for key in ("week", "feature", "kind"):
                assert isinstance(alert.get(key), str), f"an alert has no text {key!r}: {str(alert)[:120]}"
            assert alert["week"] in plan.position, (
                f"an alert is about {alert['week'][:20]!r}, which is no week to check"
            )
        self.by_cell = defaultdict(list)
        for alert in self.alerts:
            self.by_cell[alert["feature"], plan.position[alert["week"]]].append(alert)

    def kinds(self, subject: str, week: int) -> set[str]:
        return {alert["kind"] for alert in self.by_cell.get((subject, week), [])}

    def found_in_time(self, incident: dict) -> bool:
        """Tell whether the drift is named in its first two weeks."""
        weeks = self.plan.weeks_of(incident, IN_TIME)
        return any(incident["kind"] in self.kinds(incident["feature"], week) for week in weeks)

    def told(self, incident: dict) -> str:
        """Describe for the reviewer what was said in the weeks of a drift."""
        said = sorted({kind for week in self.plan.weeks_of(incident) for kind in self.kinds(incident["feature"], week)})
        return (
            f"{incident['kind']} of {incident['feature']} in the week of {self.plan.weeks[incident['material']]}"
            f" (told: {', '.join(said) or 'nothing'})"
        )

    def false_alerts(self, names: set[str] | None, spared=frozenset()) -> list[dict]:
        """Return the alerts on quiet weeks of the named subjects, or of any; `spared` has (subject, week)s."""
        return [
            alert
            for (subject, week), alerts in self.by_cell.items()
            for alert in alerts
            if (names is None or subject in names)
            and (subject, week) not in spared
            and self.plan.is_quiet(subject, week)
        ]

    def contrast(self) -> tuple[float, float]:
        """Return the share of drifts with any alert in time, and that of equally long quiet stretches with one."""
        plan = self.plan
        hits = [
            any(self.by_cell.get((one["feature"], week)) for week in plan.weeks_of(one, IN_TIME))
            for one in plan.incidents
        ]
        quiet = [
            any(self.by_cell.get((subject, week + later)) for later in range(IN_TIME))
            for subject in plan.subjects.values()
            for week in range(len(plan.weeks) - IN_TIME + 1)
            if all(plan.is_quiet(subject, week + later) for later in range(IN_TIME))
        ]
        return sum(hits) / len(hits), sum(quiet) / len(quiet)


def expect_substance(replay: Replay) -> None:
    """Insist on a monitor that tells drift from quiet, however roughly."""
    hits, quiet = replay.contrast()
    assert hits - quiet >= 0.3, (
        f"{hits:.0%} of the drifts and {quiet:.0%} of the quiet stretches have an alert: the alerts have little to do"
        " with drift, so there is nothing to be judged yet"
    )


def expect_few(measure, name: str, alerts: list[dict], weeks: int) -> None:
    """Hold false alerts against the budget of a year. Three times the budget is as bad as thirty."""
    yearly = len(alerts) * 52 / weeks
    measure(name, min(yearly, 10.0), "alerts in 52 weeks, 10 and more as 10", reference=0.0, at_most=3.0)
    first = (
        f", first {alerts[0]['kind']} of {alerts[0]['feature']} in the week of {alerts[0]['week']}" if alerts else ""
    )
    assert yearly <= 3.0, f"{len(alerts)} false alerts in {weeks} weeks, {yearly:.0f} a year{first}"


def expect_named(measure, name: str, replay: Replay, incidents: list[dict]) -> None:
    """Insist that every one of the drifts is named in time."""
    missed = [one for one in incidents if not replay.found_in_time(one)]
    measure(name, 1 - len(missed) / len(incidents), "1", reference=1.0, at_least=0.8)
    assert not missed, f"not named within two weeks: {'; '.join(replay.told(one) for one in missed)}"
