"""What the text of one cell means: amounts and time stamps."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

STAMP = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:(Z)|([+-])([0-9]{2}):?([0-9]{2}))?"
)
# So near to the ends of the calendar a stamp may have no instant, or none on the shop's clock.
MARGIN = timedelta(days=2)


@dataclass(frozen=True)
class Notation:
    """How a feed writes numbers; without a thousands mark none is accepted."""

    decimal: str
    thousands: str

    def minor_units(self, text: str, digits: int) -> int | None:
        """A good amount in the smallest unit of a currency with this many decimal digits; None for any other."""
        whole = "[0-9]+"
        if self.thousands:
            whole = f"(?:{whole}|[0-9]{{1,3}}(?:{re.escape(self.thousands)}[0-9]{{3}})+)"
        match = re.fullmatch(f"(-?)({whole})(?:{re.escape(self.decimal)}([0-9]+))?", text)
        if match is None:
            return None
        sign, units, fraction = match.groups(default="")
        if len(fraction) > digits:
            return None
        if self.thousands:
            units = units.replace(self.thousands, "")
        amount = int(units + fraction.ljust(digits, "0"))
        return None if sign and amount else amount


class BadStamp(ValueError):
    """Not a time stamp."""


class NonexistentTime(ValueError):
    """A reading that the shop's clock never showed."""


@dataclass(frozen=True)
class Stamp:
    """A time stamp as read: of the shop's wall clock if it has no offset."""

    reading: datetime
    offset: timezone | None

    @classmethod
    def parse(cls, text: str) -> "Stamp":
        """The stamp in a cell; BadStamp if it is none."""
        match = STAMP.fullmatch(text)
        if match is None:
            raise BadStamp(text)
        *numbers, zulu, sign, hours, minutes = match.groups()
        try:
            reading = datetime(*map(int, numbers))
            offset = UTC if zulu else None
            if sign:
                if int(minutes) > 59:
                    raise BadStamp(text)
                shift = timedelta(hours=int(hours), minutes=int(minutes))
                offset = timezone(-shift if sign == "-" else shift)
        except ValueError:
            raise BadStamp(text) from None
        if not datetime.min + MARGIN < reading < datetime.max - MARGIN:
            raise BadStamp(text)
        return cls(reading, offset)

    def instant(self, zone: ZoneInfo) -> datetime:
        """The instant in UTC; NonexistentTime if the clock of the zone skipped the reading.

        Of two passes of an hour the second is meant (fold=1).
        """
        if self.offset is not None:
            return self.reading.replace(tzinfo=self.offset).astimezone(UTC)
        instant = self.reading.replace(tzinfo=zone, fold=1).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) != self.reading:
            raise NonexistentTime(self.reading)
        return instant

    def is_repeated(self, zone: ZoneInfo) -> bool:
        """Whether it has no offset and the clock of the zone showed it twice."""
        if self.offset is not None:
            return False
        passes = [self.reading.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
        # In a skipped hour the offsets differ as well, the other way round.
        return passes[0].utcoffset() > passes[1].utcoffset()
