"""What there must be before form, folds and promises are judged."""

from collections.abc import Callable

import pytest
from honest_evidence import expect_substance


@pytest.fixture
def substance(deliverables, truth) -> Callable[[], None]:
    """Insist on predictions that have to do with what was measured at new units."""
    return lambda: expect_substance(deliverables, truth)
