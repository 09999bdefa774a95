"""Crashes have a leg of their own: they start and stop an engine, and take minutes."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--crash"):
        for item in items:
            if item.get_closest_marker("crash"):
                item.add_marker(pytest.mark.skip(reason="has a leg of its own: make crash"))
