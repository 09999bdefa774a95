"""Main process of a grade container: runs the hidden tests, hands over the verdict.

Protocol 1, frames as in ``wire.py``. Before the start the host puts ``job.json`` and the files it
names. Then this process sends ``ask`` frames (id, op, ...) which the host answers with ``answer``
(id, ...), and at last one ``verdict`` frame whose body is the verdict as JSON. The channel is taken
before anything that came from a candidate is read; whatever is printed goes to stderr.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import wire

channel = wire.take_stdio()

import json

from job import Job


def main():
    job = Job.load("/work/job.json")
    sys.path.insert(0, "/work/hidden")
    sys.dont_write_bytecode = True
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    import pytest
    from plugin import GradePlugin

    plugin = GradePlugin(job, channel)
    pytest.main(
        ["-q", "-c", os.devnull, "--rootdir", "/work/hidden", "-p", "no:cacheprovider",
         "--import-mode=prepend", "--tb=short", "/work/hidden"],
        plugins=[plugin],
    )  # fmt: skip
    verdict = {
        "schema": 1,
        "nonce": job.nonce,
        "checks": plugin.results(),
        "measurements": plugin.measurements,
    }
    channel.write({"t": "verdict"}, json.dumps(verdict, allow_nan=False).encode())
    channel.read()  # stay until the host has it


if __name__ == "__main__":
    main()
