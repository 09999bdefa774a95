"""Small drawn symbols: told apart by shape, then by colour, and always beside their word."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

_RING: Final = Markup('<circle cx="8" cy="8" r="6.6" class="{}"/>')
_DISC: Final = _RING.format("fill")
_EMPTY: Final = _RING.format("line")
_DASHED: Final = _RING.format("line dashed")
_TICK: Final = Markup('<path d="M4.6 8.3 7 10.7 11.5 5.6" class="{}"/>')
_CROSS: Final = Markup('<path d="M5.3 5.3 10.7 10.7M10.7 5.3 5.3 10.7" class="line"/>')
_HALF: Final = Markup('<path d="M8 1.4a6.6 6.6 0 0 0 0 13.2z" class="fill"/>')
_DASH: Final = Markup('<path d="M5 8h6" class="line"/>')
_MARK: Final = Markup('<path d="M8 4.2v4.9M8 11.4v.6" class="line"/>')
_ASK: Final = Markup(
    '<path d="M5.9 6.2a2.1 2.1 0 1 1 3 1.9c-.7.4-.9.7-.9 1.5M8 11.7v.5" class="line"/>'
)
_PERSON: Final = Markup(
    '<circle cx="8" cy="6.2" r="1.9" class="line"/>'
    '<path d="M4.4 12.6c.4-2.2 1.8-3.2 3.6-3.2s3.2 1 3.6 3.2" class="line"/>'
)

_DRAWINGS: Final = {
    "passed": (_DISC, _TICK.format("cut")),
    "failed": (_EMPTY, _CROSS),
    "error": (_DASHED, _MARK),
    "not_run": (_DASHED, _DASH),
    "met": (_DISC, _TICK.format("cut")),
    "partly_met": (_EMPTY, _HALF),
    "not_met": (_EMPTY, _CROSS),
    "unknown": (_DASHED, _ASK),
    "no_checks": (_EMPTY, _PERSON),
    "confirmed": (_DISC, _TICK.format("cut")),
    "contradicted": (_EMPTY, _CROSS),
    "unverifiable": (_DASHED, _ASK),
    "graded": (_EMPTY, _TICK.format("line")),
    "invalid_submission": (_EMPTY, _MARK),
    "not_gradable": (_DASHED, _ASK),
    "finished": (_EMPTY, _TICK.format("line")),
    "cut_off": (_EMPTY, _CROSS),
}


def symbol(name: str) -> Markup:
    """Return the symbol of an outcome or state; its word must stand beside it."""
    parts = Markup("").join(_DRAWINGS[name])
    return Markup(
        '<svg class="symbol {}" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"'
        ' focusable="false">{}</svg>'
    ).format(name.replace("_", "-"), parts)
