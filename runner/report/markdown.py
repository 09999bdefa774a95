"""Markdown of unknown origin, as HTML that can do nothing but be read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table
from markdown_it.token import Token
from markupsafe import Markup

from runner.report.text import show_hidden

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_BYTES: Final = 256 * 1024
_MAX_TABLE_TOKENS: Final = 60_000
_TAGS: Final = frozenset(
    {"p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "hr", "a"}
    | {"table", "thead", "tbody", "tr", "th", "td"}
)
_ATTRIBUTES: Final[dict[str, set[str]]] = {"*": set(), "a": {"href"}, "ol": {"start"}}
_HOST: Final = re.compile(r"[a-z0-9.:_-]+")
_SCHEMES: Final = frozenset({"http", "https", "mailto"})


def _few_tables(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a table, unless those before were large; what follows is text then.

    Each short row of a table is filled up with cells: a few bytes make thousands.
    """
    tokens = state.env.get("table_tokens", 0)
    if tokens > _MAX_TABLE_TOKENS:
        return False
    before = len(state.tokens)
    found = table(state, start, end, silent)
    state.env["table_tokens"] = tokens + len(state.tokens) - before
    return found


_PARSER: Final = (
    MarkdownIt("commonmark", {"html": False, "linkify": False})
    .enable(["table", "strikethrough"])
    .disable(["image", "html_block", "html_inline"])
)
_PARSER.block.ruler.at("table", _few_tables, {"alt": ["paragraph", "reference"]})


def safe_markdown(text: str) -> Markup:
    """Return ``text`` as HTML from a small allowlist of tags.

    Headings become bold paragraphs, so that nobody can add one to the report's own; a link shows
    where it leads; what hides in the text is shown.
    """
    raw = text.encode("utf-8", "surrogatepass")
    source = raw[:MAX_BYTES].decode("utf-8", "ignore" if len(raw) > MAX_BYTES else "surrogatepass")
    tokens = _PARSER.parse(show_hidden(source))
    _disarm(tokens)
    html = nh3.clean(
        _PARSER.renderer.render(tokens, _PARSER.options, {}),
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        set_tag_attribute_values={"th": {"scope": "col"}},
        url_schemes=set(_SCHEMES),
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )
    cut = f"<p>… ({len(raw) - MAX_BYTES:,} more bytes)</p>" if len(raw) > MAX_BYTES else ""
    # Once more: an entity such as &#x202E; has become its character by now.
    return Markup(show_hidden(html) + cut)  # noqa: S704  the output of nh3


def _disarm(tokens: Sequence[Token]) -> None:
    """Take the rank from headings and the disguise from links."""
    is_heading = False
    for token in tokens:
        match token.type:
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
