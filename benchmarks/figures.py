"""What is made of the figures of several rounds: ratios, and slopes with their uncertainty."""

from __future__ import annotations

from statistics import fmean, linear_regression, median
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

TENTHS: Final = 10
T_95: Final = 2.306
"""Student's t for 95 % and eight degrees of freedom: a line through ten values."""


class Ratio(NamedTuple):
    """One side's figure divided by another's: of the medians, and of the rounds one by one."""

    of_medians: float
    lowest: float
    highest: float

    def __str__(self) -> str:
        return f"{self.of_medians:.2f} ({self.lowest:.2f} - {self.highest:.2f})"


class Slope(NamedTuple):
    """How much a quantity changes from the first tenth to the last."""

    change: float
    uncertainty: float
    """Half the interval of 95 %."""

    @property
    def is_seen(self) -> bool:
        """Whether the change is more than chance."""
        return abs(self.change) > self.uncertainty


def ratio(above: Sequence[float], below: Sequence[float]) -> Ratio:
    """Divide figures of rounds by those of the same rounds."""
    single = sorted(a / b for a, b in zip(above, below, strict=True))
    return Ratio(median(above) / median(below), single[0], single[-1])


def slope(tenths: Sequence[float]) -> Slope:
    """Fit a line through the values of ten tenths."""
    steps = range(TENTHS)
    line = linear_regression(steps, tenths)
    rest = sum(
        (value - line.slope * step - line.intercept) ** 2
        for step, value in zip(steps, tenths, strict=True)
    )
    spread = sum((step - fmean(steps)) ** 2 for step in steps)
    error = (rest / (TENTHS - 2) / spread) ** 0.5
    return Slope(line.slope * (TENTHS - 1), T_95 * error * (TENTHS - 1))
