from __future__ import annotations

import time

import pytest

from runner.report.markdown import MAX_BYTES, safe_markdown
from runner.text import has_hidden_text

REL = 'rel="noopener noreferrer nofollow"'


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a *b* **c** `d<e`", "<p>a <em>b</em> <strong>c</strong> <code>d&lt;e</code></p>\n"),
        ("# Passed", "<p><strong>Passed</strong></p>\n"),
        ("Passed\n===", "<p><strong>Passed</strong></p>\n"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>\n"),
        ("<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>\n"),
        ("[a](https://x.org/p)", f'<p><a href="https://x.org/p" {REL}>a</a> (x.org)</p>\n'),
        ("<https://x.org>", f'<p><a href="https://x.org" {REL}>https://x.org</a> (x.org)</p>\n'),
        ("[a](mailto:a@x.org)", f'<p><a href="mailto:a@x.org" {REL}>a</a> (mail to a@x.org)</p>\n'),
        (
            "[x.org](https://x.org@y.org)",
            f'<p><a href="https://x.org@y.org" {REL}>x.org</a> (y.org)</p>\n',
        ),
        ('[a](https://x.org "b")', f'<p><a href="https://x.org" {REL}>a</a> (x.org)</p>\n'),
        ("[a](other.html)", "<p>a (link not shown)</p>\n"),
        ("[a](//x.org)", "<p>a (link not shown)</p>\n"),
        ("[a](ftp://x.org)", "<p>a (link not shown)</p>\n"),
        ("[a](javascript:alert)", "<p>[a](javascript:alert)</p>\n"),
        ("[a](data:text/html,x)", "<p>[a](data:text/html,x)</p>\n"),
        ("https://x.org", "<p>https://x.org</p>\n"),
        ("~~a~~", "<p><s>a</s></p>\n"),
        ("&#x202E;a", "<p>⟨U+202E⟩a</p>\n"),
        ("a\u200bb", "<p>a⟨U+200B⟩b</p>\n"),
        ("[a](http://[)", "<p>a (link not shown)</p>\n"),
        ("", ""),
    ],
)
def test_markdown_becomes_harmless_html(source: str, expected: str) -> None:
    assert safe_markdown(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# a *b*", "<h3>a <em>b</em></h3>\n"),
        ("a\n===", "<h3>a</h3>\n"),
        ("## a", "<h4>a</h4>\n"),
        ("###### a", "<h4>a</h4>\n"),
        ("# [a](javascript:b)", "<h3>[a](javascript:b)</h3>\n"),
        ("# [a](//x.org)", "<h3>a (link not shown)</h3>\n"),
        ("<h1>a</h1>", "<p>&lt;h1&gt;a&lt;/h1&gt;</p>\n"),
        ("&#x202E;a", "<p>⟨U+202E⟩a</p>\n"),
    ],
)
def test_headings_that_are_kept_stand_below_those_of_the_page(source: str, expected: str) -> None:
    assert safe_markdown(source, has_headings=True) == expected


def test_images_are_not_loaded() -> None:
    html = safe_markdown("![a](https://x.org/a.png)")
    assert "<img" not in html
    assert "(x.org)" in html


def test_tables_get_a_scope_and_no_style() -> None:
    html = safe_markdown("|a|b|\n|-|:-:|\n|1|2|")
    assert html.count('<th scope="col">') == 2
    assert "style" not in html


def test_input_is_capped_before_parsing() -> None:
    html = safe_markdown("ü " * MAX_BYTES)
    assert html.count("ü") == MAX_BYTES // 3 + 1
    assert html.endswith(f"<p>… ({2 * MAX_BYTES:,} more bytes)</p>")


def test_long_paragraphs_are_not_cut() -> None:
    assert safe_markdown("word " * 1000).count("word") == 1000


def test_lone_surrogates_are_shown() -> None:
    html = safe_markdown("\ud800 a")
    assert not has_hidden_text(html)
    html.encode()


def test_definitions_of_links_are_shown_and_not_used() -> None:
    html = safe_markdown("[a][x]\n\n[x]: https://x.org")
    assert html == "<p>[a][x]</p>\n<p>[x]: https://x.org</p>\n"


def test_what_is_no_word_is_cut() -> None:
    html = safe_markdown("x" * 5000 + " end")
    assert html == f"<p>{'x' * 2000}… (3000 more characters) end</p>\n"


def test_tables_beyond_reading_stay_text() -> None:
    wide = "|" + "a|" * 300 + "\n|" + "-|" * 300 + "\n"
    assert "<table>" in safe_markdown(wide)
    assert "<table>" not in safe_markdown(wide + "|b|\n" * 100)


BOMBS = {
    "one line": "word " * 2 * 10**6,
    "one word": "a" * 10**7,
    "lines": "x\n" * 10**6,
    "paragraphs": "x\n\n" * 10**6,
    "quotes": "> " * 10**5,
    "quotes in turn": "> x\n\ny\n\n" * 10**5,
    "stars": "*" * 10**5,
    "emphasis opened": "*a _b " * 10**5,
    "emphasis mixed": "a**b" + "c* " * 10**5,
    "underscores": "_a__" * 10**5,
    "strikes": "~~a" * 10**5,
    "brackets": "[" * 10**5,
    "links opened": "[a](" * 10**5,
    "images opened": "![[" * 10**5,
    "references": "[a][" * 10**5,
    "definitions": "".join(f"[r{n}]: https://x.org/{n}\n" for n in range(10**5)),
    "definition used": "[a]: https://x.org/" + "b" * 1000 + "\n\n" + "[a] " * 10**5,
    "autolinks": "<https://x.org> " * 10**5,
    "tags": "<a " * 10**5,
    "comments": "<!--" * 10**5,
    "backticks": "".join("`" * n + " " for n in range(1, 1000)),
    "entities": "&amp;" * 10**5,
    "escapes": "\\*" * 10**5,
    "columns": "|a" * 10**4 + "|\n" + "|-" * 10**4 + "|\n" + "|\n" * 10**4,
    "columns and rows": "|a" * 300 + "|\n" + "|-" * 300 + "|\n" + "|b|b|\n" * 10**5,
    "rows": "|a|b|\n|-|-|\n" + "|1|2|\n" * 10**5,
    "lists": "- x\n" * 10**5,
    "lists in lists": "\n".join(" " * depth + "- x" for depth in range(1000)),
    "lists in a line": "- " * 10**5,
    "headings": "# x\n" * 10**5,
    "underlined headings": "a\n=\n" * 10**5,
    "fences": "```\nx\n" * 10**5,
    "marks": "a" + "\u0301" * 10**6,
    "hidden": "\u202e" * 10**6,
    "emoji": "\u2764\ufe0f" * 10**5,
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_take_less_than_a_second_and_say_what_is_left_out(name: str) -> None:
    text = BOMBS[name]
    html = safe_markdown(text)
    assert any(seconds_of_processor(text) < 1 for _ in range(3))
    assert len(html) < 10 * MAX_BYTES
    size = len(text.encode())
    assert size <= MAX_BYTES or html.endswith(f"<p>… ({size - MAX_BYTES:,} more bytes)</p>")


def seconds_of_processor(text: str) -> float:
    """Return what one rendering took of this thread; other tests' threads may be at work."""
    started = time.thread_time()
    safe_markdown(text)
    return time.thread_time() - started
