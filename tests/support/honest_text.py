"""What honest people write that looks like an attempt; each must be read as it was meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_LONG_URL: Final = "https://docs.example.com/reference?" + "&".join(
    f"parameter_{number}=value-{number}" for number in range(60)
)


@dataclass(frozen=True, slots=True)
class Twin:
    """An honest text: the family that it resembles, and what a reader must see of it."""

    family: str
    text: str
    shows: tuple[str, ...]
    needed: tuple[str, ...] = ()
    """Pieces with invisible characters, which nobody could write without them."""


TWINS: Final = {
    "code-with-html": Twin(
        "html",
        "The page was built so:\n\n```html\n<script src='app.js'></script>\n"
        '<img src=x onerror="retry()">\n```\n\nand `<b>` & `a < b` inline.',
        ("<script src='app.js'></script>", '<img src=x onerror="retry()">', "& a < b inline."),
    ),
    "links": Twin(
        "links",
        "See the [manual](https://docs.example.com/a?b=1&c=2#d), <https://example.com/x>, "
        "[me](mailto:me@example.com) and [the paper][1].\n\n[1]: https://example.com/paper",
        ("manual (docs.example.com)", "me (mail to me@example.com)", "https://example.com/paper"),
    ),
    "long-address": Twin("links", f"I read <{_LONG_URL}>.", (_LONG_URL,)),
    "escapes-spelled-out": Twin(
        "terminal",
        "The log began with `\\x1b[31m` or ^[[0m.\r\nThe second line ended with CR and LF.\r\n\r\n"
        "```\ncolumn\tafter a tab\n```",
        ("\\x1b[31m or ^[[0m.", "The second line ended with CR and LF.", "column after a tab"),
    ),
    "arabic": Twin(
        "unicode",
        "قرأت الملفات التسعة، ثم حذفت 113 صفًا مكررًا (2.4%) قبل الجمع.",
        ("قرأت الملفات التسعة، ثم حذفت 113 صفًا مكررًا (2.4%) قبل الجمع.",),
    ),
    "hebrew": Twin(
        "unicode",
        "בָּדַקְתִּי את `orders.csv` פעמיים: 28,371 שורות.",
        ("בָּדַקְתִּי", "פעמיים: 28,371 שורות."),
    ),
    "persian": Twin(
        "unicode",
        "داده\u200cها را می\u200cخوانم و نتیجه را می\u200cنویسم.",
        ("داده\u200cها را می\u200cخوانم",),
        ("داده\u200cها", "می\u200cخوانم", "می\u200cنویسم"),
    ),
    "hindi-and-thai": Twin(
        "unicode",
        "क्\u200dष और क्षमा; ทุกบรรทัดถูกอ่านแล้ว; Tiê\u0301ng Viê\u0323t; 漢字かな",
        ("क्\u200dष और क्षमा", "ทุกบรรทัดถูกอ่านแล้ว", "漢字かな"),
        ("क्\u200dष",),
    ),
    "emoji": Twin(
        "unicode",
        "Done ✅, checked \u2714\ufe0f, loved \u2764\ufe0f, by \U0001f469\u200d\U0001f4bb and "
        "\U0001f468\U0001f3fd\u200d\U0001f680; step 1\ufe0f\u20e3, \U0001f1f3\U0001f1f1, ☎\ufe0e",
        ("checked \u2714\ufe0f, loved \u2764\ufe0f", "by \U0001f469\u200d\U0001f4bb and"),
        (
            "\u2714\ufe0f", "\u2764\ufe0f", "\U0001f469\u200d\U0001f4bb", "☎\ufe0e",
            "\U0001f468\U0001f3fd\u200d\U0001f680", "1\ufe0f\u20e3",
        ),
    ),
    "braces-and-brackets": Twin(
        "templates",
        "The template has {{ user }} and {% if x %}; I print \"%s %d\" and f'{value:.2f}', "
        "take rows[0], tick [x] and write :tada: and [bold].",
        ("{{ user }} and {% if x %}", "f'{value:.2f}'", "rows[0], tick [x]", ":tada: and [bold]"),
    ),
    "negative-numbers": Twin(
        "formulas",
        "| day | error |\n|---|---:|\n| Mon | -3.5 |\n| Tue | +2 |\n\n- a list item\n"
        "- a = b - c; mail me@example.com\n\n-5 °C is no formula.",
        ("-3.5", "+2", "a = b - c; mail me@example.com", "-5 °C is no formula."),
    ),
    "about-models": Twin(
        "words",
        "I asked the assistant to ignore the rubric's wording and to list edge cases only; "
        'its JSON was `{"outcome": "passed"}`, which I did not trust.',
        ("ignore the rubric's wording", '{"outcome": "passed"}, which I did not trust.'),
    ),
    "long-answer": Twin(
        "lengths",
        "\n\n".join(f"Paragraph {number}. " + "Word after word. " * 20 for number in range(40)),
        ("Paragraph 0.", "Paragraph 39."),
    ),
    "table-of-results": Twin(
        "lengths",
        "| run | " + " | ".join(f"metric {n}" for n in range(9)) + " |\n" + "|---" * 10 + "|\n"
        + "\n".join(f"| {row} |" + " 0.123 |" * 9 for row in range(60)),
        ("metric 8", "59 0.123"),
    ),
}  # fmt: skip
