"""Plots as inline SVG, made of numbers alone.

Places are per cents of the width, so a plot fits any column and its dots stay round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from markupsafe import Markup

from graders.evidence import Outcome
from runner.report.words import say_number, say_points

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_GAP: Final = 0.8
"""Between the parts of a bar, per cent."""


class Scale(NamedTuple):
    """The ends of a line."""

    low: float
    high: float

    def place(self, value: float) -> float:
        """Return where ``value`` lies, in per cent, ends included."""
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(max(share, 0.0), 1.0), 2)


class Part(NamedTuple):
    """One check's share of a criterion's bar."""

    points: float
    max_points: float
    is_known: bool


def scale_for(values: Iterable[float], *, unit: str = "") -> Scale:
    """Return a scale with zero in it: a small difference must look small.

    A share (unit ``1``, all between 0 and 1) is shown from 0 to 1.
    """
    found = [value for value in values if abs(value) < 1e150]
    low, high = min(found, default=0.0), max(found, default=0.0)
    if unit == "1" and low >= 0 and high <= 1:
        return Scale(0.0, 1.0)
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return Scale(0.0, 1.0)
    return Scale(_round_out(low), _round_out(high))


def _round_out(value: float) -> float:
    """Return the next number of one or two digits beyond ``value``, away from zero."""
    if value == 0:
        return 0.0
    digits = f"{abs(value):.0e}"
    step = float(f"1e{int(digits.partition('e')[2])}") / 2
    steps = int(abs(value) / step * 1.02) + 1
    return float(f"{steps * step if value > 0 else -steps * step:.6g}")


def points_bar(parts: Sequence[Part]) -> Markup:
    """Return a bar with one box per check: filled by its points, dashed where nobody knows."""
    total = sum(part.max_points for part in parts)
    if total <= 0:
        return Markup("")
    boxes: list[Markup] = []
    start = 0.0
    for part in parts:
        width = 100 * part.max_points / total
        boxes.append(_box(start, max(width - _GAP, 0.4), part))
        start += width
    label = say_points(sum(part.points for part in parts), total)
    return Markup(
        '<svg class="bar" width="100%" height="14" role="img" aria-label="{}">{}</svg>'
    ).format(label, Markup("").join(boxes))


def _box(start: float, width: float, part: Part) -> Markup:
    box = Markup('<rect x="{:.2f}%" y="1.5" width="{:.2f}%" height="11" rx="2.5" class="{}"/>')
    frame = box.format(start, width, "frame" if part.is_known else "frame dashed")
    share = min(max(part.points / part.max_points, 0.0), 1.0) if part.max_points else 0.0
    if not part.is_known or share == 0:
        return frame
    return frame + box.format(start, width * share, "fill")


def dot_plot(value: float, reference: float | None, scale: Scale) -> Markup:
    """Return a line with a dot for the value and a tick for the reference."""
    label = say_number(value)
    tick = Markup("")
    if reference is not None:
        label += f", reference {say_number(reference)}"
        tick = Markup('<line x1="{0}%" x2="{0}%" y1="2" y2="20" class="reference"/>').format(
            scale.place(reference)
        )
    return Markup(
        '<svg class="dot-plot" width="100%" height="22" role="img" aria-label="{label}">'
        "<title>{label}</title>"
        '<line x1="0%" x2="100%" y1="11" y2="11" class="axis"/>'
        '{tick}<circle cx="{place}%" cy="11" r="5" class="dot"/></svg>'
    ).format(label=label, tick=tick, place=scale.place(value))


def seed_strip(outcomes: Sequence[Outcome | None]) -> Markup:
    """Return a box for each seed: full where it was passed, dashed where nobody knows."""
    missed = [n for n, outcome in enumerate(outcomes, 1) if outcome is not Outcome.PASSED]
    boxes = Markup("").join(
        Markup('<rect x="{}" y="1" width="4" height="9" rx="1" class="{}"/>').format(
            1 + 6 * place, _SEED_BOXES.get(outcome, "frame dashed")
        )
        for place, outcome in enumerate(outcomes)
    )
    return Markup(
        '<svg class="bar seeds" width="{}" height="11" role="img"'
        ' aria-label="not passed on the seeds {}">{}</svg>'
    ).format(6 * len(outcomes), ", ".join(map(str, missed)), boxes)


_SEED_BOXES: Final[Mapping[Outcome | None, str]] = {
    Outcome.PASSED: "fill",
    Outcome.FAILED: "frame",
    Outcome.NOT_RUN: "frame",
}


def margin_line(share: float) -> Markup:
    """Return a line from flawed (left) to sound (right) with the threshold at ``share`` of it."""
    place = round(100 * min(max(share, 0.0), 1.0), 2)
    return Markup(
        '<svg class="dot-plot" width="100%" height="22" role="img"'
        ' aria-label="threshold at {place} per cent of the way from flawed to sound">'
        '<line x1="0%" x2="100%" y1="11" y2="11" class="axis"/>'
        '<line x1="{place}%" x2="{place}%" y1="2" y2="20" class="reference"/>'
        '<circle cx="0%" cy="11" r="5" class="dot flawed"/>'
        '<circle cx="100%" cy="11" r="5" class="dot"/></svg>'
    ).format(place=place)


def scale_line(scale: Scale) -> Markup:
    """Return the two ends of a scale in words, to stand under a plot."""
    return Markup('<span class="ends"><span>{}</span><span>{}</span></span>').format(
        say_number(scale.low), say_number(scale.high)
    )


def share_bar(value: float, limit: float) -> Markup:
    """Return how much of a limit was used, as a thin bar."""
    share = 100 * min(max(value / limit, 0.0), 1.0) if limit > 0 else 0.0
    return Markup(
        '<svg class="share" width="100%" height="6" role="img" aria-label="{:.0f} per cent of the'
        ' limit"><rect width="100%" height="6" rx="3" class="track"/>'
        '<rect width="{:.1f}%" height="6" rx="3" class="used"/></svg>'
    ).format(share, share)
