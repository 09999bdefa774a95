"""What must hold of every page in a browser, whatever a submission wrote; each fault as a sentence.

The proof of invariant 8 of the design. Its callers are the tests that fill every string of the
evidence with hostile text, and those that take a mitigation away and want to see a fault.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from text_proof import hidden_faults, without

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Route

WIDTHS: Final = (1280, 390)
FOOTER: Final = (
    "Made by worksample from the evidence of the grading and nothing else. "
    "The machine states facts. People judge."
)

_AUDIT: Final = """
({sections, footer}) => {
  const faults = [];
  const tags = new Set(('html head meta title style body a main footer header section article nav '
    + 'h1 h2 h3 h4 p ul ol li dl dt dd div span strong em s br hr code pre blockquote details '
    + 'summary table caption thead tbody tr th td img svg rect circle path line').split(' '));
  const attributes = new Set(('lang http-equiv content charset name class id href rel role scope '
    + 'tabindex title open start src alt width height viewBox cx cy r x x1 x2 y y1 y2 rx d '
    + 'focusable aria-hidden aria-label aria-labelledby').split(' '));
  const placed = '.unseen, .skip, .scroll, .matrix th:first-child, .stacks thead';
  for (const el of document.querySelectorAll('*')) {
    if (!tags.has(el.localName)) faults.push(`an element ${el.localName}`);
    for (const {name} of el.attributes)
      if (!attributes.has(name)) faults.push(`an attribute ${name} of ${el.localName}`);
    if (getComputedStyle(el).position !== 'static' && !el.matches(placed))
      faults.push(`${el.localName} is placed ${getComputedStyle(el).position}`);
  }
  if ('pwned' in window) faults.push('a script ran');
  if (document.styleSheets.length !== 1) faults.push('another style sheet');
  if (document.querySelectorAll('meta').length !== 6) faults.push('another meta element');
  const body = [...document.body.children].map(el => el.localName).join(' ');
  if (body !== 'a main footer') faults.push(`the body is ${body}`);
  const ids = [...document.querySelectorAll('[id]')].map(el => el.id);
  if (new Set(ids).size !== ids.length) faults.push('an id stands twice');
  for (const id of ids) if (!/^[a-z]+(-[a-z0-9]+)*$/.test(id)) faults.push(`an id ${id}`);
  const found = [...document.querySelectorAll('main > section')]
    .map(el => el.getAttribute('aria-labelledby'));
  if (found.join() !== sections.join()) faults.push(`sections ${found}`);
  const heads = [...document.querySelectorAll('h1, h2')].map(el => el.localName).join('');
  if (heads !== 'h1' + 'h2'.repeat(sections.length)) faults.push(`headings ${heads}`);
  if (document.querySelector('.quoted :is(h1, h2, h3, h4, img)')) faults.push('a heading quoted');
  for (const el of document.querySelectorAll('details')) el.open = true;
  const last = document.querySelector('body > footer');
  if (last?.innerText.trim() !== footer) faults.push('the footer says something else');
  return faults;
}
"""

_LAYOUT: Final = """
() => {
  const faults = [];
  const over = document.documentElement.scrollWidth - window.innerWidth;
  if (over > 0) faults.push(`${over} px wider than the window`);
  const main = document.querySelector('main').getBoundingClientRect();
  for (const el of document.querySelectorAll('h1, h2, body > footer p')) {
    el.scrollIntoView({block: 'start'});
    const box = el.getBoundingClientRect();
    const at = document.elementFromPoint(box.left + 4, box.top + Math.min(box.height / 2, 40));
    if (!at || !(el.contains(at) || at.contains(el)) || at.localName === 'body')
      faults.push(`${el.localName} is covered by ${at?.localName}`);
    if (box.height < 8 || box.left < 0) faults.push(`${el.localName} is not visible`);
  }
  const end = document.querySelector('body > footer');
  if (!end) return [...faults, 'there is no footer'];
  const footer = end.getBoundingClientRect();
  const bottom = document.querySelector('main').getBoundingClientRect().bottom;
  if (footer.height < 8 || footer.top < bottom - 1) faults.push('the footer is not at the end');
  if (main.width < Math.min(window.innerWidth, 700) - 1) faults.push('the column has shrunk');
  return faults;
}
"""

_PROBE: Final = """
async () => {
  const add = (name, values) => document.body.append(
    Object.assign(document.createElement(name), values));
  add('script', {textContent: 'window.probed = 1'});
  add('style', {textContent: 'body { outline: 7px solid red }'});
  add('img', {src: 'https://beacon.invalid/probe.png'});
  add('link', {rel: 'stylesheet', href: 'https://beacon.invalid/probe.css'});
  add('iframe', {src: 'https://beacon.invalid/probe.html'});
  await fetch('https://beacon.invalid/probe').catch(() => null);
  const faults = 'probed' in window ? ['the policy lets a script run'] : [];
  if (getComputedStyle(document.body).outlineWidth === '7px')
    faults.push('the policy lets a style act');
  return faults;
}
"""


@dataclass(slots=True)
class _Watch:
    """What a page did beside showing itself."""

    own: str
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    routed: list[str] = field(default_factory=list)

    def route(self, route: Route) -> None:
        """Let the page itself through and nothing else."""
        if route.request.url == self.own:
            route.continue_()
        else:
            self.routed.append(route.request.url)
            route.abort()

    @property
    def faults(self) -> list[str]:
        others = [url for url in self.asked if not _is_expected(url, self.own)]
        return [*self.said, *(f"a request for {url[:60]}" for url in (*others, *self.routed))]


def page_faults(
    browser: Browser,
    path: Path,
    *,
    sections: Sequence[str],
    shows: Sequence[str] = (),
    needed: Sequence[str] = (),
    footer: str = FOOTER,
) -> list[str]:
    """Open a page at each width and return everything that is wrong with it.

    Args:
        browser: Chromium.
        path: The page on disk.
        sections: The names of its sections, in order.
        shows: What must be read on it, whatever else is.
        needed: Emoji and words that hold invisible characters and may.
        footer: What stands at its foot.
    """
    with _watched(browser, path) as (page, watch):
        faults = list(page.evaluate(_AUDIT, {"sections": list(sections), "footer": footer}))
        html = page.evaluate("document.documentElement.outerHTML")
        faults += hidden_faults(without(html, needed))
        words = _squeeze(page.evaluate("document.body.textContent"))
        faults += [
            f"not to be read: {text[:60]!r}" for text in shows if _squeeze(text) not in words
        ]
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            faults += [f"at {width} px {fault}" for fault in page.evaluate(_LAYOUT)]
        faults += watch.faults
        watch.asked.clear()
        watch.said.clear()
        faults += page.evaluate(_PROBE)
        faults += [f"the policy lets a request out: {url}" for url in watch.routed]
    return faults


@contextmanager
def _watched(browser: Browser, path: Path) -> Iterator[tuple[Page, _Watch]]:
    context = browser.new_context(viewport={"width": WIDTHS[0], "height": 900})
    page = context.new_page()
    watch = _Watch(own=path.as_uri())
    context.route("**/*", lambda route: watch.route(route))  # noqa: PLW0108 - slots take no mark
    page.on("request", lambda request: watch.asked.append(request.url))
    page.on("pageerror", lambda error: watch.said.append(f"an error: {error}"))
    page.on("console", lambda message: watch.said.append(f"on the console: {message.text}"))
    page.on("dialog", lambda dialog: _dismiss(dialog, watch))
    context.on("page", lambda _: watch.said.append("another window"))
    page.goto(watch.own)
    try:
        yield page, watch
    finally:
        context.close()


def _dismiss(dialog: Any, watch: _Watch) -> None:
    watch.said.append(f"a dialog: {dialog.message}")
    dialog.dismiss()


def _is_expected(url: str, own: str) -> bool:
    return url == own or url.startswith("data:image/png;base64,")


def _squeeze(text: str) -> str:
    return " ".join(text.split())
