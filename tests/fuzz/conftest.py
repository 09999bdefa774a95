"""How long hypothesis searches: 100 examples of each, or ``--hypothesis-profile=thorough``."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("thorough", max_examples=20_000)
