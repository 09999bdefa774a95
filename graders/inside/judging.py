"""Runs the hidden tests of one submission and hands over the verdict.

Before the call the host has put ``job.json`` and the files it names. ``ask`` frames (id, op, ...)
are answered by the host with ``answer`` (id, ...); at last comes one ``verdict`` frame whose body
is the verdict as JSON.
"""

import json
import os
import sys

import pytest
from job import ROOT, Job
from plugin import GradePlugin


def judge(channel):
    job = Job.load(ROOT / "job.json")
    hidden = str(ROOT / "hidden")
    sys.path.insert(0, hidden)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    plugin = GradePlugin(job, channel)
    pytest.main(
        ["-q", "-c", os.devnull, "--rootdir", hidden, "-p", "no:cacheprovider",
         "--import-mode=prepend", "--tb=short", hidden],
        plugins=[plugin],
    )  # fmt: skip
    verdict = {
        "schema": 1,
        "nonce": job.nonce,
        "checks": plugin.results(),
        "measurements": plugin.measurements,
    }
    channel.write({"t": "verdict"}, json.dumps(verdict, allow_nan=False).encode())
