from __future__ import annotations

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


def test_images_are_not_loaded() -> None:
    html = safe_markdown("![a](https://x.org/a.png)")
    assert "<img" not in html
    assert "(x.org)" in html


def test_tables_get_a_scope_and_no_style() -> None:
    html = safe_markdown("|a|b|\n|-|:-:|\n|1|2|")
    assert html.count('<th scope="col">') == 2
    assert "style" not in html


def test_input_is_capped_before_parsing() -> None:
    html = safe_markdown("ü" * MAX_BYTES)
    assert html.count("ü") == MAX_BYTES // 2
    assert html.endswith(f"<p>… ({MAX_BYTES:,} more bytes)</p>")


def test_long_paragraphs_are_not_cut() -> None:
    assert safe_markdown("word " * 1000).count("word") == 1000


def test_lone_surrogates_are_shown() -> None:
    html = safe_markdown("\ud800 a")
    assert not has_hidden_text(html)
    html.encode()


@pytest.mark.parametrize("piece", ["[", "> ", "* ", "_a__", "![[", "<!--", "[a]["])
def test_nested_input_ends(piece: str) -> None:
    assert len(safe_markdown(piece * (20_000 // len(piece)))) < 200_000
