"""Times calls, there and back, as a hidden test sees them."""

import time

import numpy as np
import pandas as pd
import pytest

ROWS = 100_000
SMALL = {f"key_{i:02d}": f"a value of some bytes {i:02d}"[:18] for i in range(33)}


def times_ms(function, count):
    found = []
    for _ in range(count):
        started = time.perf_counter()
        function()
        found.append(1e3 * (time.perf_counter() - started))
    return np.array(found)


@pytest.mark.check("echo", criterion="correctness", points=1)
def test_small(candidate, measure) -> None:
    """A dictionary of 1 kB comes back as it went."""
    echo = candidate.function("echo:echo")
    assert echo(SMALL) == SMALL
    found = times_ms(lambda: echo(SMALL), 500)
    measure("echo_ms", float(np.median(found)), "ms", varies=True)
    measure("echo_p90_ms", float(np.quantile(found, 0.9)), "ms", varies=True)
    started = time.perf_counter()
    calls = echo.map([SMALL] * 2000)
    measure("batch_ms", 1e3 * (time.perf_counter() - started) / 2000, "ms", varies=True)
    assert all(call.value == SMALL for call in calls)


@pytest.mark.check("table", criterion="correctness", points=1)
def test_table(candidate, measure) -> None:
    """A table of 100 000 rows and five columns comes back as it went."""
    rng = np.random.default_rng(0)
    numbers = pd.DataFrame({f"x{i}": rng.normal(size=ROWS) for i in range(3)})
    numbers["count"] = rng.integers(0, 1000, ROWS)
    numbers["flag"] = rng.random(ROWS) < 0.5
    strings = numbers.assign(flag=[f"name {i % 97}" for i in range(ROWS)])
    echo = candidate.function("echo:echo")
    for name, table in (("table_ms", numbers), ("text_table_ms", strings)):
        pd.testing.assert_frame_equal(echo(table), table, check_dtype=False)
        found = times_ms(lambda table=table: echo(table), 12)
        measure(name, float(np.median(found)), "ms", varies=True)
