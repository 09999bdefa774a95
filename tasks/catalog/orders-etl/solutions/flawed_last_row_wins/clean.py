"""The cell rules as plain functions; SQLite calls them."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

BAD, SKIPPED = "bad", "skipped"
STAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:(Z)|([+-])(\d\d):?(\d\d))?", re.ASCII
)

zone_of = lru_cache(ZoneInfo)


def instant(text: str, zone: str) -> str:
    """Return the instant as UTC text that sorts by time, or BAD or SKIPPED."""
    match = STAMP.fullmatch(text)
    if match is None:
        return BAD
    try:
        wall = datetime(*(int(part) for part in match.groups()[:6]))
    except ValueError:
        return BAD
    if match[7]:
        return show(wall)
    if match[8]:
        offset = timedelta(hours=int(match[9]), minutes=int(match[10]))
        return show(wall - offset if match[8] == "+" else wall + offset)
    return from_wall_clock(wall, zone_of(zone))


def from_wall_clock(wall: datetime, zone: ZoneInfo) -> str:
    """Resolve a stamp without offset: the later of two readings, none in a skipped hour."""
    readings = [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    possible = [
        reading for reading in readings if reading.astimezone(zone).replace(tzinfo=None) == wall
    ]
    return show(max(possible)) if possible else SKIPPED


def show(moment: datetime) -> str:
    """Write a UTC moment."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def local_day(text: str, zone: str) -> str:
    """Return the calendar day on the wall clock."""
    return datetime.fromisoformat(text).astimezone(zone_of(zone)).date().isoformat()


def minor(text: str, digits: int) -> int | None:
    """Return the amount in the smallest unit, or None if it is no good amount."""
    whole, point, decimals = text.partition(".")
    if (
        not re.fullmatch(r"[0-9]+", whole)
        or (point and not re.fullmatch(r"[0-9]+", decimals))
        or len(decimals) > digits
    ):
        return None
    return int(whole) * 10**digits + int(decimals.ljust(digits, "0") or 0)
