"""Many submissions at once: who is graded next, where there is room for it, what is done."""

from runner.batch.admission import Machine
from runner.batch.work import Pace, Watcher, grade_batch, outcomes

__all__ = ["Machine", "Pace", "Watcher", "grade_batch", "outcomes"]
