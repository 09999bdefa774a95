"""The fixture `upstream`: what the task's upstream observed of a run, in the stub's own words."""

import json
from dataclasses import dataclass, field

from job import ROOT


@dataclass(frozen=True)
class Observed:
    """The stub's word on one run: nothing of the candidate's wrote it, only caused it."""

    log: list = field(repr=False)
    """A record for each request, in the order in which they were read."""
    unlogged: int
    """Requests beyond the most that are logged."""
    turned_away: int
    """Connections beyond the most that are open at once."""
    stall_s: float
    """The longest that the stub was kept from its work: what its times are good for."""


class Upstream:
    """Gives what was observed of each recorded run."""

    def __init__(self, job):
        self._job = job

    def __call__(self, run):
        self._job.runs[run]  # a run that was not started has nothing to observe
        if run not in self._job.upstream:
            raise KeyError(f"the task has no [upstream], or no run {run!r}")
        facts = dict(self._job.upstream[run])
        failure = facts.pop("failure")
        if failure:
            raise RuntimeError(f"upstream.py raised: {failure}")
        lines = (ROOT / "blobs" / facts.pop("blob")).read_bytes().splitlines()
        return Observed(log=[json.loads(line) for line in lines], **facts)
