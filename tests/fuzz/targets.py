"""Every parser of what a candidate sends, by name: ``check(bytes)`` and the inputs to begin with.

Hypothesis (``test_targets.py``) and atheris (``run_atheris.py``) search the same targets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import call_targets
import data_targets
import http_targets
import intake_targets
import words_targets

if TYPE_CHECKING:
    from collections.abc import Callable


class Target(NamedTuple):
    """A check that holds for any bytes, and a small corpus."""

    check: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]


TARGETS: Final = {
    "attach": Target(data_targets.check_attach, data_targets.seeds_attach),
    "call": Target(call_targets.check_call, call_targets.seeds_call),
    "csv": Target(data_targets.check_csv, data_targets.seeds_csv),
    "deliverable": Target(data_targets.check_deliverable, data_targets.seeds_csv),
    "executed": Target(words_targets.check_executed, words_targets.seeds_executed),
    "frames": Target(data_targets.check_frames, data_targets.seeds_frames),
    "gzip": Target(intake_targets.check_gzip, intake_targets.seeds_gzip),
    "http": Target(http_targets.check_http, http_targets.seeds_http),
    "json": Target(data_targets.check_json, data_targets.seeds_json),
    "manifest": Target(words_targets.check_manifest, words_targets.seeds_manifest),
    "markdown": Target(words_targets.check_markdown, words_targets.seeds_markdown),
    "names": Target(intake_targets.check_names, intake_targets.seeds_names),
    "notebook": Target(words_targets.check_notebook, words_targets.seeds_notebook),
    "png": Target(words_targets.check_png, words_targets.seeds_png),
    "reader": Target(intake_targets.check_reader, intake_targets.seeds_reader),
    "relay": Target(call_targets.check_relay, call_targets.seeds_relay),
    "rubric": Target(words_targets.check_rubric, words_targets.seeds_rubric),
    "session": Target(data_targets.check_session, data_targets.seeds_session),
    "tar": Target(intake_targets.check_tar, intake_targets.seeds_tar),
    "text": Target(words_targets.check_text, words_targets.seeds_text),
    "upstream": Target(http_targets.check_upstream, http_targets.seeds_upstream),
    "verdict": Target(data_targets.check_verdict, data_targets.seeds_verdict),
    "writeup": Target(words_targets.check_writeup, words_targets.seeds_writeup),
    "zip": Target(intake_targets.check_zip, intake_targets.seeds_zip),
}
