"""JUnit XML: a suite for each submission, a case for each check.

Source: the rules of Jenkins' xUnit plugin (``junit-10.xsd``), which pytest's ``xunit2`` keeps, too:
https://github.com/jenkinsci/xunit-plugin
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, assert_never
from xml.etree import ElementTree as ET

from graders.evidence import Outcome, State
from runner.export.facts import (
    checks_of,
    graded_at,
    origin_of,
    say_points_of,
    say_why_not,
    show_text,
)
from runner.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from graders.evidence import CheckResult, Evidence
    from runner.export.wish import Wish

WHOLE: Final = "submission"
"""Name of the case that stands for a submission as a whole."""
_COUNTED: Final = ("tests", "failures", "errors", "skipped")


def render(found: Sequence[Evidence], _wish: Wish) -> bytes:
    """Return one document on all submissions, in UTF-8."""
    names = suite_names(found)
    suites = [_suite(one, name) for one, name in zip(found, names, strict=True)]
    root = ET.Element(
        "testsuites",
        name="worksample",
        tests=_sum(suites, "tests"),
        failures=_sum(suites, "failures"),
        errors=_sum(suites, "errors"),
        time=_seconds(sum(float(suite.attrib["time"]) for suite in suites)),
    )
    root.extend(suites)
    ET.indent(root, " ")
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def suite_names(found: Sequence[Evidence]) -> list[str]:
    """Return ``task/candidate`` for each, with the submission's id where there are several."""
    plain = [clean_line(f"{one.task.id}/{one.submission.candidate}") for one in found]
    counts = Counter(plain)
    return [
        f"{name} ({clean_line(one.submission.id)})" if counts[name] > 1 else name
        for one, name in zip(found, plain, strict=True)
    ]


def _suite(one: Evidence, name: str) -> ET.Element:
    checks = checks_of(one)
    outcomes = Counter(check.outcome for check in checks)
    was_graded = one.state is State.GRADED
    counts = (
        len(checks) if was_graded else 1,
        outcomes[Outcome.FAILED],
        outcomes[Outcome.ERROR] if was_graded else 1,
        outcomes[Outcome.NOT_RUN],
    )
    suite = ET.Element("testsuite", name=name)
    suite.attrib |= {key: str(count) for key, count in zip(_COUNTED, counts, strict=True)}
    suite.set("time", _seconds(sum(max(check.duration_s, 0) for check in checks)))
    ended = graded_at(one)
    if ended is not None:
        suite.set("timestamp", ended.isoformat(timespec="seconds"))
    properties = ET.SubElement(suite, "properties")
    for key, value in _properties(one, checks):
        ET.SubElement(properties, "property", name=key, value=value)
    suite.extend(_case(check) for check in checks)
    if not was_graded:
        suite.append(_whole_case(one))
    return suite


def _properties(one: Evidence, checks: Iterable[CheckResult]) -> Iterator[tuple[str, str]]:
    yield from origin_of(one).model_dump(mode="json", exclude_none=True).items()
    for check in checks:
        yield f"points.{clean_line(check.id)}", say_points_of(check)


def _case(check: CheckResult) -> ET.Element:
    case = ET.Element(
        "testcase",
        name=clean_line(check.id),
        classname=clean_line(check.criterion),
        time=_seconds(max(check.duration_s, 0)),
    )
    match check.outcome:
        case Outcome.PASSED:
            pass
        case Outcome.FAILED:
            _add_result(case, "failure", "failed", check.detail)
        case Outcome.ERROR:
            _add_result(case, "error", "broken_check", check.detail)
        case Outcome.NOT_RUN:
            _add_result(case, "skipped", "not_run", check.detail)
        case _:
            assert_never(check.outcome)
    ET.SubElement(case, "system-out").text = f"What it proves: {show_text(check.proves)}"
    return case


def _whole_case(one: Evidence) -> ET.Element:
    """Return the case of a submission without a grade: an error, never a failure."""
    case = ET.Element("testcase", name=WHOLE, classname=clean_line(one.task.id), time=_seconds(0))
    _add_result(case, "error", one.state.value, say_why_not(one))
    return case


def _add_result(case: ET.Element, tag: str, kind: str, text: str) -> None:
    shown = show_text(text)
    message = clean_line(shown.partition("\n")[0])
    ET.SubElement(case, tag, type=kind, message=message).text = shown


def _sum(suites: Iterable[ET.Element], key: str) -> str:
    return str(sum(int(suite.attrib[key]) for suite in suites))


def _seconds(value: float) -> str:
    return f"{value:.3f}"
