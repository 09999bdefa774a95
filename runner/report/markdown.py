"""Markdown of unknown origin, as HTML that can do nothing but be read."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from runner.text import clean_prose, show_hidden

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_BYTES: Final = 32 * 1024
"""Ten times what an answer may have; 32 KiB of the worst take half a second."""
MAX_CELLS: Final = 10_000
"""Larger tables stay text: three lines can ask for 65 536 empty cells."""
_TAGS: Final = frozenset(
    {"p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "hr", "a"}
    | {"table", "thead", "tbody", "tr", "th", "td"}
)
_HEADINGS: Final = frozenset({"h3", "h4"})
_ATTRIBUTES: Final[dict[str, set[str]]] = {"*": set(), "a": {"href"}, "ol": {"start"}}
_HOST: Final = re.compile(r"[a-z0-9.:_-]+")
_SCHEMES: Final = frozenset({"http", "https", "mailto"})


def safe_markdown(text: str, *, has_headings: bool = False) -> Markup:
    """Return ``text`` as HTML from a small allowlist of tags.

    Headings become bold paragraphs, so that nobody can add one to the report's own; a link shows
    where it leads; what hides in the text is shown.

    Args:
        text: Markdown of unknown origin.
        has_headings: Keep headings, below the two ranks that are the page's own.
    """
    raw = text.encode("utf-8", "surrogatepass")
    source = raw[:MAX_BYTES].decode("utf-8", "ignore" if len(raw) > MAX_BYTES else "surrogatepass")
    html = nh3.clean(
        _to_html(clean_prose(source), has_headings=has_headings),
        tags=set(_TAGS | _HEADINGS) if has_headings else set(_TAGS),
        attributes=_ATTRIBUTES,
        set_tag_attribute_values={"th": {"scope": "col"}},
        url_schemes=set(_SCHEMES),
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )
    cut = f"<p>… ({len(raw) - MAX_BYTES:,} more bytes)</p>" if len(raw) > MAX_BYTES else ""
    # Once more: an entity such as &#x202E; has become its character by now.
    return Markup(show_hidden(html) + cut)  # noqa: S704  the output of nh3


def _to_html(source: str, *, has_headings: bool) -> str:
    parser = _parser(with_tables=_count_cells(source) <= MAX_CELLS)
    tokens = parser.parse(source)
    _disarm(tokens, has_headings=has_headings)
    return str(parser.renderer.render(tokens, parser.options, {}))


@cache
def _parser(*, with_tables: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("strikethrough")
    # Definitions of links are shown, not used: a long one, used often, would grow without end.
    parser.disable(["image", "html_block", "html_inline", "reference"])
    return parser.enable("table") if with_tables else parser


def _count_cells(source: str) -> int:
    """Return at least as many cells as the tables of ``source`` can come to."""
    lines = source.split("\n")
    return len(lines) * max(line.count("|") for line in lines)


def _disarm(tokens: Sequence[Token], *, has_headings: bool) -> None:
    """Take the rank from headings, or lower it, and the disguise from links."""
    is_heading = False
    for token in tokens:
        match token.type:
            case "heading_open" | "heading_close" if has_headings:
                token.tag = "h3" if token.tag == "h1" else "h4"
            case "heading_open":
                token.type, token.tag, is_heading = "paragraph_open", "p", True
            case "heading_close":
                token.type, token.tag, is_heading = "paragraph_close", "p", False
            case "inline":
                children = list(_show_hosts(token.children or ()))
                token.children = _embolden(children) if is_heading else children
            case _:
                pass


def _embolden(tokens: list[Token]) -> list[Token]:
    return [Token("strong_open", "strong", 1), *tokens, Token("strong_close", "strong", -1)]


def _show_hosts(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens, each link followed by its host, a link to anywhere else as text."""
    host: str | None = None
    for token in tokens:
        match token.type:
            case "link_open":
                host = _host_of(str(token.attrs.get("href", "")))
                if host is not None:
                    yield token
            case "link_close":
                if host is not None:
                    yield token
                yield Token("text", "", 0, content=f" ({host or 'link not shown'})")
            case _:
                yield token


def _host_of(href: str) -> str | None:
    """Return where a link leads, or None if it is not one to show."""
    try:
        parts = urlsplit(href)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme == "mailto":
        return f"mail to {parts.path}" if "@" in parts.path else None
    is_host = parts.scheme in ("http", "https") and _HOST.fullmatch(host or "")
    return host if is_host else None
