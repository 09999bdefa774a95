"""Characters that nobody sees: which count, which an honest text needs, what a person is told."""

from __future__ import annotations

import pytest

from graders.assess import _hidden_text
from graders.hidden_text import count_hidden, has_hidden_text
from graders.writeup import parse

HONEST = {
    "emoji": "\u2764\ufe0f \u2714\ufe0f \U0001f469\u200d\U0001f4bb 1\ufe0f\u20e3",
    "persian": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0646\u0645",
    "hindi": "\u0915\u094d\u200d\u0937",
    "line ends": "one\r\ntwo\r\n",
    "byte order mark": "\ufeff# Mine",
}
HIDDEN = {
    "a\u202eb": {"bidirectional": 1},
    "\x1b[31m\x07": {"control": 2},
    "pass\u200bed\u2060": {"zero-width": 2},
    "\U000e0041\U000e0042": {"tag": 2},
    "\ufdd0": {"invalid": 1},
    "one\rtwo": {"control": 1},
    "a\ufe0f": {"zero-width": 1},
    "\u2764\ufe0f\ufe0f": {"zero-width": 1},
    "p\u200dq": {"zero-width": 1},
    "\u200d\U0001f4bb": {"zero-width": 1},
}


@pytest.mark.parametrize("text", HIDDEN)
def test_hidden_characters_are_counted_by_kind(text: str) -> None:
    assert count_hidden(text) == HIDDEN[text]
    assert has_hidden_text(text)


@pytest.mark.parametrize("name", HONEST)
def test_honest_writeups_raise_no_flag(name: str) -> None:
    assert list(_hidden_text(parse(f"{HONEST[name]}\n## P1\nText.\n"))) == []


def test_the_flag_says_how_many_of_which() -> None:
    (flag,) = _hidden_text(parse("---\nclaims:\n---\n## P1\na\u202eb\u202cc\x1b\n"))
    assert flag.id == "hidden_text"
    assert "(2 bidirectional, 1 control)" in flag.text


def test_without_a_writeup_there_is_no_flag() -> None:
    assert list(_hidden_text(None)) == []
