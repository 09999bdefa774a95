from __future__ import annotations

import pytest

from tasks.manifest import clean_path, expand_command, placeholders


def test_placeholders_are_replaced_in_one_pass() -> None:
    command = ("python", "--in={data}", "{out}", "{data}{out}", "{'json': 1}", "{x}")
    places = {"data": "/d/{out}", "out": "/o"}
    assert expand_command(command, places) == (
        "python",
        "--in=/d/{out}",
        "/o",
        "/d/{out}/o",
        "{'json': 1}",
        "{x}",
    )
    assert placeholders(command) == ("data", "out", "data", "out", "x")


@pytest.mark.parametrize("path", ["a", "a/b.csv", ".hidden", "a b/ü.csv", "..a/b.."])
def test_clean_path_is_unchanged(path: str) -> None:
    assert clean_path(path) == path


@pytest.mark.parametrize(
    "path",
    ["", ".", "..", "/a", "a/../b", "../a", "a//b", "./a", "a/", "a\\b", "a\0", "a\n", "C:a",
     "x" * 201, "a\u202eb", "a\ud800"],
)  # fmt: skip
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        clean_path(path)
