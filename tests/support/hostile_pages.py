"""What a page made of evidence must not hold, whoever wrote the evidence's texts."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

from runner.text import has_hidden_text

if TYPE_CHECKING:
    from collections.abc import Iterator

_ACTIVE: Final = frozenset(
    {
        "script",
        "iframe",
        "object",
        "embed",
        "form",
        "base",
        "link",
        "audio",
        "video",
        "foreignobject",
    }
)
_URL: Final = re.compile(r"#|https?://|mailto:|data:image/png;base64,|[a-z0-9-]+\.html")


def page_dangers(page: str) -> Iterator[str]:
    """Yield every element, attribute and character that could do more than be read."""
    if has_hidden_text(page):
        yield "the page holds characters that cannot be seen"
    tags = _Tags()
    tags.feed(page)
    for tag, attributes in tags.found:
        if tag in _ACTIVE:
            yield f"the page holds <{tag}>"
        for name, value in attributes:
            if name.startswith("on"):
                yield f"the page holds <{tag} {name}>"
            if name in ("src", "href", "srcset", "xlink:href") and not _URL.match(value or "#"):
                yield f"the page leads to {(value or '')[:80]!r}"


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))
