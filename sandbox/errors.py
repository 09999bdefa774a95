"""What can go wrong with the machine; never the candidate's fault, never a score.

SandboxError
  EngineUnavailableError   no container engine answers
  ImageError               an image is missing or cannot be built
  GuestProtocolError       the guest's bytes are unreadable, oversized or out of turn
  GuestGoneError           the container's main process ended while an answer was due
  GuestTimeoutError        no answer within the deadline
"""

from __future__ import annotations


class SandboxError(Exception):
    """The sandbox failed; the work it was running is not gradable."""


class EngineUnavailableError(SandboxError):
    """No container engine answers."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"No container engine answers ({reason}); run `worksample doctor --fix`.")
        self.reason = reason


class ImageError(SandboxError):
    """An image is missing or cannot be built."""


class GuestProtocolError(SandboxError):
    """What came from the container breaks the protocol. The caller decides whose fault that is."""


class GuestGoneError(SandboxError):
    """The container ended while an answer was due. The caller decides whose fault that is."""


class GuestTimeoutError(SandboxError):
    """No answer within the deadline. The caller decides whose fault that is."""
