"""What there must be before form and bookkeeping are judged."""

from collections.abc import Callable

import pytest
from churn_evidence import expect_substance


@pytest.fixture
def substance(deliverables, truth) -> Callable[[], None]:
    """Insist on predictions that have to do with the customers."""
    return lambda: expect_substance(deliverables, truth)
