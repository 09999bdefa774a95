"""Many submissions at once: who is graded next, where there is room for it, what is done."""

from runner.batch.admission import Gate, Machine, machine_of
from runner.batch.work import Pace, Watcher, grade_batch, outcomes

__all__ = ["Gate", "Machine", "Pace", "Watcher", "grade_batch", "machine_of", "outcomes"]
