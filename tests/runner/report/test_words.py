from __future__ import annotations

import pytest
import report_parts as parts

from graders.evidence import ExitKind
from runner.report import plots, words
from runner.report.highlight import MAX_CHARS, highlight_python
from runner.report.symbols import symbol
from runner.text import MAX_OUTPUT_CHARS, clean_prose, shorten, show_hidden


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"),
        (28371, "28,371"),
        (0.8123456, "0.8123"),
        (-0.075, "\N{MINUS SIGN}0.075"),
        (1234.56, "1,234.6"),
        (1e-9, "1.000e\N{MINUS SIGN}09"),
        (1e300, "1.000e+300"),
    ],
)
def test_numbers_as_people_write_them(value: float, expected: str) -> None:
    assert words.say_number(value) == expected


def test_quantities_follow_the_end_of_their_name() -> None:
    assert words.say_quantity("memory_bytes", 1 << 30) == "1 GiB"
    assert words.say_quantity("wall_time_s", 900) == "900 s (15 min)"
    assert words.say_quantity("pids", 128) == "128"
    assert words.say_name("memory_bytes") == "memory"
    assert words.say_bytes(0) == "0 bytes"
    assert words.say_count(1, "word") == "1 word"


def test_differences_name_both_measures() -> None:
    assert words.say_difference(0.751, 0.826) == "\N{MINUS SIGN}0.075 (\N{MINUS SIGN}9.1 %)"
    assert words.say_difference(5, 0) == "+5"
    assert words.say_difference(3, 3) == "equal"


def test_times_are_utc_or_left_alone() -> None:
    assert words.say_time("2026-03-02T15:05:31+01:00") == "2026-03-02 14:05 UTC"
    assert words.say_time("2026-03-02T15:05:31") == "2026-03-02T15:05:31"
    assert words.say_time("yesterday") == "yesterday"


@pytest.mark.parametrize("kind", ExitKind)
def test_every_ending_has_words(kind: ExitKind) -> None:
    run = parts.run("public", "public", exit_kind=kind, exit_code=None)
    assert words.say_ending(run, {})
    if kind not in (ExitKind.EXITED, ExitKind.SIGNALED):
        assert " of " in words.say_ending(run, parts.PROVENANCE.limits)


def test_unknown_flags_are_said_by_their_id() -> None:
    assert words.say_flag("odd_timing") == "Odd timing"


def test_every_word_has_a_symbol() -> None:
    for kind in (words.STATES, words.OUTCOMES, words.MACHINE_STATES, words.CLAIM_VERDICTS):
        drawings = {str(symbol(str(value))) for value in kind}
        assert len(drawings) == len(kind)


def test_scales_hold_zero_and_every_value() -> None:
    assert plots.scale_for([0.81, 0.83], unit="1") == (0.0, 1.0)
    for values in ([87.2], [-5.0, 3.0], [1e-9], [9.99, 10.0], [28371.0], [-3.0], [0.0]):
        scale = plots.scale_for(values)
        assert scale.low <= min(0.0, *values)
        assert scale.high >= max(0.0, *values)
        assert 0 <= scale.place(values[0]) <= 100
    assert plots.scale_for([1e308, -1e308]).place(1e308) == 100


def test_bars_have_a_box_per_check() -> None:
    parts = [plots.Part(2, 2, True), plots.Part(0, 2, True), plots.Part(0, 1, False)]
    bar = plots.points_bar(parts)
    assert bar.count('class="frame"') == 2
    assert bar.count("dashed") == 1
    assert bar.count('class="fill"') == 1
    assert 'aria-label="2 of 5 points"' in bar
    assert plots.points_bar([]) == ""


def test_dot_plots_say_what_they_show() -> None:
    plot = plots.dot_plot(0.751, 0.826, plots.Scale(0, 1))
    assert "<title>0.751, reference 0.826</title>" in plot
    assert 'cx="75.1%"' in plot
    assert 'x1="82.6%"' in plot
    assert 'class="reference"' not in plots.dot_plot(0.751, None, plots.Scale(0, 1))


def test_shares_stay_within_their_bar() -> None:
    assert 'width="100.0%"' in plots.share_bar(3, 2)
    assert 'width="0.0%"' in plots.share_bar(3, 0)


def test_long_output_keeps_its_end() -> None:
    text = shorten("x" * 50_000 + "the error")
    assert len(text) < MAX_OUTPUT_CHARS + 100
    assert text.endswith("the error")
    assert "characters left out here" in text
    lines = shorten("\n".join(map(str, range(10_000))))
    assert lines.startswith("0\n1\n")
    assert lines.endswith("\n9999")
    assert "… 9,760 lines left out here …" in lines


def test_hidden_text_is_shown_and_no_line_cut() -> None:
    assert clean_prose("a " * 5000) == "a " * 5000
    assert clean_prose("a" * 5000) == "a" * 2000 + "… (3000 more characters)"
    assert show_hidden("a" * 5000) == "a" * 5000
    assert show_hidden("\u202e" * 5000) == "⟨U+202E⟩" * 5000
    assert show_hidden("a\r\nb" + "\ufeff") == "a\nb⟨U+FEFF⟩"


def test_source_is_escaped_with_and_without_colours() -> None:
    assert '<span class="k">def</span>' in highlight_python("def f(): ...")
    assert "<b>" not in highlight_python("x = '<b>'")
    plain = highlight_python(("<b>" + "\u202e" * 40 + "\n") * 1000)
    assert "<" not in plain
    assert len(plain) > MAX_CHARS
    assert "⟨U+202E⟩" in highlight_python("# \u202e")


def test_source_that_nobody_reads_to_its_end_is_shortened() -> None:
    words = highlight_python("x = 1\n" * 99_999).striptags()
    assert "… 98,001 lines left out here …" in words
    assert "characters left out here …" in highlight_python("x" * 10**6).striptags()
