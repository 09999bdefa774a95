from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.intake import rules
from runner.text import has_hidden_text

PLAIN = [
    "etl.py",
    "src/a b/c.txt",
    ".gitignore",
    ".github/ci.yml",
    "naïve/データ.csv",
    "git/x",
    "a..b",
]


@pytest.mark.parametrize("path", PLAIN)
def test_plain_names_pass(path: str) -> None:
    assert rules.path_problems(path) == ()


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/etc/passwd", "absolute"),
        ("C:/x", "absolute"),
        ("c:x", "absolute"),
        ("a/C:/x", "drive"),
        ("../x", "'..'"),
        ("a/../../x", "'..'"),
        ("a/./b", "'.'"),
        ("a//b", "empty"),
        ("a/", "empty"),
        ("", "empty"),
        ("a\\b", "backslash"),
        ("a\0b", "invisible"),
        ("a\nb", "invisible"),
        ("a\x1b[31mb", "invisible"),
        ("a\x7f", "invisible"),
        ("gpj\u202efdp.py", "invisible"),
        ("a\u200bb", "invisible"),
        (".g\u200cit/config", "invisible"),
        ("a\u00a0\u2028b", "invisible"),
        (".GIT/config", "'.git'"),
        (".Git", "'.git'"),
        ("git~1/config", "'.git'"),
        ("GIT~2", "'.git'"),
        (".git./x", "'.git'"),
        (".git /x", "'.git'"),
        (".git::$INDEX_ALLOCATION/x", "'.git'"),
        ("\uff0e\uff47\uff49\uff54/x", "'.git'"),
        ("a" * 241, "240 bytes"),
        ("é" * 121, "240 bytes"),
        ("/".join("a" * 21), "deeper than 20"),
    ],
)
def test_each_bad_name_says_why(path: str, word: str) -> None:
    problems = rules.path_problems(path)
    assert any(word in problem for problem in problems)
    assert all(": " in problem for problem in problems), "each says what to do"


def test_names_at_the_limits_pass() -> None:
    assert rules.path_problems("a" * 240) == ()
    assert rules.path_problems("/".join("a" * 20)) == ()


def test_all_problems_of_a_name_are_listed() -> None:
    assert len(rules.path_problems("/a\\..\n/" + "x" * 300)) == 4


@given(st.text(max_size=60))
def test_shown_names_are_on_one_line_and_hide_nothing(name: str) -> None:
    shown = rules.show_name(name)
    assert not has_hidden_text(shown)
    assert not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in shown)


@given(st.binary(max_size=40))
def test_any_bytes_decode_to_something_safe(raw: bytes) -> None:
    name, is_utf8 = rules.decode_name(raw)
    assert is_utf8 == (name.encode("utf-8", "surrogateescape") == raw)
    name.encode()


@given(st.text(max_size=60))
def test_a_path_that_passes_stays_below_its_folder(path: str) -> None:
    if rules.path_problems(path) == ():
        assert not path.startswith("/")
        assert not {"", ".", ".."} & set(path.split("/"))
        assert "\0" not in path


def test_names_that_are_no_utf8_are_refused() -> None:
    name, is_utf8 = rules.decode_name(b"caf\xe9.py")
    assert "not UTF-8" in rules.path_problems(name, is_utf8=is_utf8)[0]
    assert "caf\\xe9.py" in rules.path_problems(name, is_utf8=is_utf8)[0]


@pytest.mark.parametrize(
    ("paths", "count"),
    [
        (["a.py", "b.py", "A/x", "B/x"], 0),
        (["a.py", "A.py"], 1),
        (["stra\u00dfe", "STRASSE"], 1),
        (["caf\u00e9", "cafe\u0301"], 1),
        (["Data/a", "data/b"], 1),
        (["a", "a/b"], 1),
    ],
)
def test_collisions_are_found(paths: list[str], count: int) -> None:
    assert len(rules.collision_problems(paths)) == count


@pytest.mark.parametrize(
    ("path", "part"),
    [
        (".git", ".git"),
        ("a/.git/config", "a/.git"),
        ("a/__pycache__/x.pyc", "a/__pycache__"),
        ("node_modules/a/node_modules/b", "node_modules"),
        ("src/my_venv/x", None),
        (".gitignore", None),
    ],
)
def test_what_is_left_out(path: str, part: str | None) -> None:
    assert rules.left_out_part(path) == part


def test_sizes_are_refused_beyond_their_limit() -> None:
    assert rules.size_problem("a", rules.MAX_FILE_BYTES) is None
    assert "25.0 MiB" in (rules.size_problem("a", rules.MAX_FILE_BYTES + 1) or "")


def test_the_largest_files_are_named() -> None:
    sizes = {"small": 1, "big.csv": 90 << 20, "bigger.pt": 95 << 20}
    problem = rules.total_problem(sizes, is_complete=True)
    assert "185.0 MiB" in problem
    assert problem.index("bigger.pt") < problem.index("big.csv")


def test_lfs_pointers_are_told_from_content() -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"
    assert rules.is_lfs_pointer(pointer)
    assert not rules.is_lfs_pointer(pointer + b"x" * 1024)
    assert not rules.is_lfs_pointer(b"version https://example.org\n")
