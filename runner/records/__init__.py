"""The records: submissions, gradings and the queue in a database, their files beside it."""

from runner.records.history import REGRADED, Basis, Circumstances, Past
from runner.records.home import Home
from runner.records.queue import LEASE_S, Claim, Entry, Queue
from runner.records.store import Found, Records, now, to_json
from runner.records.tables import JobState

__all__ = [
    "LEASE_S",
    "REGRADED",
    "Basis",
    "Circumstances",
    "Claim",
    "Entry",
    "Found",
    "Home",
    "JobState",
    "Past",
    "Queue",
    "Records",
    "now",
    "to_json",
]
