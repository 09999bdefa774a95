"""What one delivery is like: its features by role, its calendar, and what is planted when.

Every feature has one role, so that a hidden test can look at the difficulty it is named for and at
no other. Names, numbers and weeks come from the seed and the scenario.
"""

from dataclasses import dataclass, field

from numpy.random import Generator

SHADOW_WEEKS = 5
"""After a drift nothing is counted as a false alarm for so long: an end may be told late."""
PAGE_FROM = 0.08
CYCLES = 5
NUMERIC_NAMES = (
    "visit_minutes page_depth reply_time price_gap basket_size order_value stock_cover spot_rate"
    " account_age device_age payload route_length discount wait_time items_seen transfer_sum"
    " demand_index fuel_cost queue_load stay_length tenure quote_gap load_factor turnover"
).split()
TEXT_NAMES = "channel region market entry surface plan segment tariff".split()
TABLE_NAMES = "profile merchant household vehicle contract device".split()
VALUES = "ash birch cedar elm fir hazel larch maple oak pine rowan willow".split()
NUMERIC_ROLES = (
    "level",  # moves for some weeks
    "centred",  # lies around zero, and moves for some weeks
    "heavy",  # long-tailed; its unit changes
    "seasonal",  # moves against its season
    "odd",  # has a season of another length than listed, and moves against it
    "swinging",  # strays widely from week to week; its unit changes
    "lasting",  # moves and stays there for long
    "creeping",  # moves a little further every week
    "size",  # seasonal; large requests are sent again in some weeks; once the column is missing
    "lookup",  # missing in requests that are sent again; its missing rate jumps
    "joined_number",  # from the joined table
)
TEXT_ROLES = ("collapsing", "seasonal_text", "joined_text")
SEASONAL = {"seasonal", "size", "seasonal_text"}
SPECIAL = ("storm", "empty", "missing_column", "extra_column", "quiet")


@dataclass
class Feature:
    """A column: how it is listed, and how its values are drawn."""

    role: str
    name: str
    importance: float
    table: str
    listed_season: int
    season: int  # its true length in weeks, 0 for none
    place: float = 0.0
    spread: float = 1.0
    swing: float = 0.03  # of a week as a whole, in spreads
    missing: float = 0.0
    peak: float = 0.0  # a week in which the season is at its height
    sign: int = 1
    values: list[str] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)

    @property
    def is_numeric(self) -> bool:
        return self.role in NUMERIC_ROLES


@dataclass
class Incident:
    """A planted drift: weeks `first` to `last`, counted from the first week to check."""

    role: str
    kind: str
    first: int
    last: int
    size: float
    material: int  # the week from which on it must be found


@dataclass
class Plan:
    """One delivery."""

    features: list[Feature]
    table: str
    reference_weeks: int
    weeks: int
    incidents: list[Incident]
    special: dict[str, list[int]]
    storms_before: list[int]
    label_share: float

    def of(self, role: str) -> Feature:
        return next(one for one in self.features if one.role == role)


INCIDENTS = {
    "level": "level_shift",
    "centred": "level_shift",
    "seasonal": "level_shift",
    "odd": "level_shift",
    "heavy": "unit_change",
    "swinging": "unit_change",
    "lookup": "missing_rate",
    "seasonal_text": "missing_rate",
    "collapsing": "category_collapse",
    "table": "lost_join",
    "label": "label_drift",
}
PUBLIC_INCIDENTS = ("level", "heavy", "lookup", "collapsing", "table", "label")


def draw_features(rng: Generator) -> tuple[list[Feature], str]:
    """Draw the columns, in a shuffled order, and the name of the joined table."""
    numbers = list(rng.choice(NUMERIC_NAMES, len(NUMERIC_ROLES) - 1, replace=False))
    texts = list(rng.choice(TEXT_NAMES, len(TEXT_ROLES) - 1, replace=False))
    table = str(rng.choice(TABLE_NAMES))
    season = int(rng.integers(11, 14))
    roles = list(rng.permutation([*NUMERIC_ROLES, *TEXT_ROLES]))
    weights = rng.permutation([0.15, 0.13, 0.12, 0.11, 0.1, 0.1, 0.06, 0.06, 0.05, 0.04, 0.03, 0.02, 0.02, 0.01])
    features = []
    for role, weight in zip(roles, weights, strict=True):
        one = Feature(
            role=str(role),
            name=f"{table}_{'years' if role == 'joined_number' else 'tier'}",
            importance=float(weight),
            table=table if role.startswith("joined") else "",
            listed_season=season if role in SEASONAL | {"odd"} else 0,
            season=int(rng.integers(7, 10)) if role == "odd" else season if role in SEASONAL else 0,
            sign=int(rng.choice([-1, 1])),
        )
        if not one.table:
            one.name = str((numbers if one.is_numeric else texts).pop())
        draw_values(rng, one)
        features.append(one)
    return features, table


def draw_values(rng: Generator, one: Feature) -> None:
    """Draw where a feature lies and how it is spread, or its categories and their shares."""
    one.missing = float(
        {"lookup": 0.08, "joined_number": 0.0, "joined_text": 0.0}.get(one.role, rng.choice([0.0, 0.01, 0.02]))
    )
    one.spread = float(rng.uniform(2, 40))
    one.place = one.spread * float(rng.uniform(4, 9))
    one.peak = float(rng.uniform(0, 13))
    if one.role == "centred":
        one.place = one.spread * float(rng.uniform(-0.03, 0.03))
    if one.role == "swinging":
        one.swing = 0.7
    if one.role in TEXT_ROLES:
        one.values = [str(value) for value in rng.choice(VALUES, 5, replace=False)]
        one.shares = [0.36, 0.3, 0.22, 0.1, 0.02] if one.role == "collapsing" else [0.42, 0.34, 0.16, 0.06, 0.02]


def draw_timeline(
    rng: Generator, roles: list[str], counts: dict[str, int]
) -> tuple[list[Incident], dict[str, list[int]], int]:
    """Lay incidents and special weeks out one after the other, in random order."""
    blocks = [*roles, *(name for name, count in counts.items() for _ in range(count))]
    incidents: list[Incident] = []
    special: dict[str, list[int]] = {name: [] for name in SPECIAL}
    week = int(rng.integers(3, 6))
    for block in rng.permutation(blocks):
        length = 1
        if block in INCIDENTS:
            length = 3 if block in ("seasonal", "odd") else int(rng.integers(3, 5))
            incidents.append(
                Incident(str(block), INCIDENTS[block], week, week + length - 1, draw_size(rng, INCIDENTS[block]), week)
            )
        else:
            length = 2 if block == "missing_column" else 1
            special[str(block)] += range(week, week + length)
        week += length
    return incidents, special, week + SHADOW_WEEKS + 1


def draw_size(rng: Generator, kind: str) -> float:
    """Draw how far a drift goes: in spreads, shares, or as a factor."""
    return float(
        {
            "level_shift": rng.uniform(1.2, 1.4) * rng.choice([-1, 1]),
            "unit_change": rng.choice([0.01, 100.0]),
            "missing_rate": rng.uniform(0.22, 0.3),
            "category_collapse": rng.uniform(0.9, 1.0),
            "lost_join": rng.uniform(0.75, 0.95),
            "label_drift": rng.uniform(0.24, 0.3),
        }[kind]
    )


def draw_plan(rng: Generator, scenario: str) -> Plan:
    """Draw one delivery."""
    features, table = draw_features(rng)
    if scenario == "public":
        counts = {"storm": 2, "empty": 1, "missing_column": 1, "extra_column": 1, "quiet": 4}
        incidents, special, weeks = draw_timeline(rng, list(PUBLIC_INCIDENTS), counts)
    else:
        counts = {"storm": 5, "empty": 1, "missing_column": 1, "extra_column": 1, "quiet": 6}
        incidents, special, weeks = draw_timeline(rng, list(INCIDENTS), counts)
        incidents += draw_long(rng, weeks, special["empty"])
    season = next(one.listed_season for one in features if one.listed_season)
    plan = Plan(
        features=features,
        table=table,
        reference_weeks=CYCLES * season,
        weeks=weeks,
        incidents=incidents,
        special=special,
        storms_before=sorted(int(week) for week in rng.choice(CYCLES * season, 7, replace=False)),
        label_share=float(rng.uniform(0.12, 0.22)),
    )
    for incident in incidents:
        if incident.role in ("seasonal", "odd"):
            one = plan.of(incident.role)
            one.peak = plan.reference_weeks + (incident.first + incident.last) / 2
            incident.size = -one.sign * abs(incident.size)
    return plan


def draw_long(rng: Generator, weeks: int, empty: list[int]) -> list[Incident]:
    """Draw the drift that stays and the one that grows; neither begins or turns material in an empty week."""
    long = []
    for role, length in (("lasting", 14), ("creeping", 19)):
        # The step is such that the twelfth week is the first in which the drift is well beyond the material size.
        ripens = 11 if role == "creeping" else 0
        first = int(rng.integers(4, weeks - length - SHADOW_WEEKS - 1))
        while {first + ripens, first + ripens + 1} & set(empty):
            first = int(rng.integers(4, weeks - length - SHADOW_WEEKS - 1))
        size = float(rng.uniform(1.2, 1.4) * rng.choice([-1, 1]))
        if role == "creeping":
            size = 0.09 * (1 if size > 0 else -1)
        long.append(Incident(role, "level_shift", first, first + length - 1, size, first + ripens))
    return long
