"""Nothing in a text hides: neither controls nor what no font draws."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from runner.text import clean_cell, clean_text, has_hidden_text

SEEN = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
"""Of the category Cf, and yet signs that are drawn, around the digits that follow."""
BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u3164\ufe0f\uffa0\ufff0\U000e0100"
"""Of other categories, and yet drawn by no font. Source: Default_Ignorable_Code_Point."""


def test_every_character_without_a_shape_is_hidden_text() -> None:
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and char not in "\t\n":
            assert has_hidden_text(char) is (code not in SEEN), f"U+{code:04X}"


@pytest.mark.parametrize("char", BLANK)
def test_blank_letters_are_shown_by_their_numbers(char: str) -> None:
    assert clean_text(f"a{char}b") == f"a⟨U+{ord(char):04X}⟩b"


@pytest.mark.parametrize("text", ["naïve データ", "עברית", "عربي", "a\tb\n", "🙂", "\u2800\u28ff"])
def test_what_is_seen_stays(text: str) -> None:
    assert clean_text(text) == text


@pytest.mark.parametrize("text", ["=1+1", " -x", "\t@a", "\u3000+1", "＝x"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert clean_cell(text).lstrip().startswith("'")


def test_a_plain_cell_stays() -> None:
    assert clean_cell("a = b") == "a = b"
