from __future__ import annotations

import pytest

from tasks.sizes import format_size, parse_size


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (0, 0),
        (4096, 4096),
        ("7 B", 7),
        ("64 KiB", 64 << 10),
        ("256 MiB", 256 << 20),
        ("1 GiB", 1 << 30),
        ("1GiB", 1 << 30),
        ("1.5 GiB", 3 << 29),
        ("0.5 KiB", 512),
    ],
)
def test_size_is_read(value: object, size: int) -> None:
    assert parse_size(value) == size


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("1 GB", "unknown unit 'GB'"),
        ("1 gib", "unknown unit 'gib'"),
        ("64", "such as"),
        ("-1 MiB", "such as"),
        ("1e3 B", "such as"),
        ("", "such as"),
        ("٣ MiB", "such as"),
        (True, "such as"),
        (1.5, "such as"),
        (None, "such as"),
        ("0.3 B", "no whole number"),
        ("1.0001 KiB", "no whole number"),
    ],
)
def test_other_values_are_refused(value: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_size(value)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1 << 30, "1 GiB"), (3 << 29, "1.5 GiB"), (64 << 10, "64 KiB"),
     (100 << 20, "100 MiB"), (1000 << 30, "1000 GiB"), (1 << 1100, f"{1 << 1070} GiB")],
)  # fmt: skip
def test_size_is_shown_in_its_unit(size: int, text: str) -> None:
    assert format_size(size) == text
