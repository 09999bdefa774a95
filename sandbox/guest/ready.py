"""Asks a service on loopback whether it is ready, beside it in its own container.

Run as ``python -I ready.py PORT PATH SECONDS``. Exits 0 once the answer to ``GET PATH`` is 200, and
1 after SECONDS without one, with the last answer in words on stdout.

Standard library and ``http_exchange.py`` only, which stands beside it.
"""

import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from http_exchange import HttpError, Wire, exchange

POLL_S = 0.05
ANSWER_S = 2.0


def main(port, path, seconds):
    deadline = time.monotonic() + seconds
    while True:
        words = ask(port, path)
        if words == "status 200":
            return 0
        if time.monotonic() >= deadline:
            print(words)
            return 1
        time.sleep(POLL_S)


def ask(port, path):
    """Return the status in words, or what there was instead of one."""
    fields = {"Host": "127.0.0.1:%d" % port, "Accept-Encoding": "identity"}
    try:
        wire = Wire(port, time.monotonic() + ANSWER_S)
        try:
            return "status %d" % exchange(wire, "GET", path, fields, b"").status
        finally:
            wire.close()
    except (OSError, HttpError) as error:
        return (str(error) or type(error).__name__)[:200]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3])))
