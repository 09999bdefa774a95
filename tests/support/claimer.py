"""A process that takes entries of a batch until none is left; begins when told a line."""

from __future__ import annotations

import contextlib
import sys
import time
from pathlib import Path

from runner.errors import LeaseLostError, RecordsError
from runner.records import Home, Records

LEASE_S = 2.0
WORDS = "claimed and worked on"


def main(url: str, folder: str, batch: str, name: str) -> None:
    """Claim, say which, work for a moment, mark as done with words."""
    records = Records(Home(folder=Path(folder), records=url))
    _say("ready")
    sys.stdin.readline()
    left = True
    while left:
        with contextlib.suppress(RecordsError, LeaseLostError):  # the server was cut off
            claim = records.queue.claim(batch, name, lease_s=LEASE_S)
            if claim is None:
                left = bool(records.queue.open_count(batch))
                time.sleep(0.05)
            else:
                _say(str(claim.position))
                time.sleep(0.005)
                records.queue.fail(claim, WORDS)
    records.close()


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
