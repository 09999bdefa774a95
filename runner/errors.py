"""What can go wrong in the application itself.

RunnerError
  SourceError      what was named on the command line is not there or is no submission
  RecordsError     the records cannot be read or written
  ProofError       a task's checks do not hold on a variant, or it was not tried
  NotRegradedError a submission cannot be judged again from the records; its grading stands
  LeaseLostError   somebody else works on what one worked on
  NoRoomError      the disk is full
  WorkerError      what works elsewhere cannot be used at all
  CancelledError   the user stopped the batch
  LocalPythonError there is no Python that could run a candidate's own work here
  ExportError      an export cannot be made or written
"""

from __future__ import annotations


class RunnerError(Exception):
    """Base of the application's own errors."""


class SourceError(RunnerError):
    """What was named as a submission is not there."""


class RecordsError(RunnerError):
    """The records or their files cannot be read or written."""


class ProofError(RunnerError):
    """Nothing shows that a task's checks hold on a variant: the author's fault, or nobody tried."""


class NotRegradedError(RunnerError):
    """A submission could not be judged again from the records; its last grading stands."""


class LeaseLostError(RunnerError):
    """An entry of a batch was taken over by another process; what was found is not recorded."""


class NoRoomError(RunnerError):
    """There is no room left on the disk; nothing is lost."""


class WorkerError(RunnerError):
    """A cluster, or one worker of it, cannot do its part; nothing is lost."""


class CancelledError(RunnerError):
    """The batch was stopped; nothing is recorded for what was under way."""


class LocalPythonError(RunnerError):
    """No Python of this machine can run what no container runs."""


class ExportError(RunnerError):
    """Gradings cannot be written in another format: a package is missing, a folder in the way."""
