"""Main process of a stub container: serves the author's ``upstream.py`` to the candidate's code.

Protocol 1, frames as in ``wire.py``. Before the start the host puts ``stub/`` (our sources, the
task's ``upstream.py``) and ``scenario/`` (its data), and gives the port as an argument. Answers
``ready``, or ``failed`` reason where the author's code cannot be loaded, or ``no_port`` reason.
Then the host sends ``begin`` (the clock is set to zero; answers ``begun``) and ``finish``: answers
``log`` records, unlogged, turned_away, stall_s, failure + body (one line of JSON for each request).
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import wire

channel = wire.take_stdio()

import asyncio
import threading
import traceback
from pathlib import Path

from stub_server import Log, Server


async def main(port):
    log = Log()
    sys.dont_write_bytecode = True
    try:
        from upstream import make_upstream

        handler = make_upstream(Path(wire.ROOT) / "scenario")
    except Exception:  # noqa: BLE001 - the author's code, whatever it raises
        channel.write({"t": "failed", "reason": traceback.format_exc()[-1500:]})
        return
    server = Server(handler, log)
    try:
        await server.start(port)
    except OSError as error:
        channel.write({"t": "no_port", "reason": str(error)[:300]})
        return
    channel.write({"t": "ready", "protocol": 1})
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    threading.Thread(target=obey, args=(loop, log, over), daemon=True).start()
    await over.wait()


def obey(loop, log, over):
    """Do what the host says, on the loop, so that nothing happens at the same time."""

    def begin():
        log.begin()
        channel.write({"t": "begun"})

    def finish():
        facts = {"records": len(log.records), "unlogged": log.unlogged,
                 "turned_away": log.turned_away, "stall_s": log.stall_s,
                 "failure": log.failure}  # fmt: skip
        channel.write({"t": "log", **facts}, log.lines())

    while (message := channel.read()) is not None:
        loop.call_soon_threadsafe({"begin": begin, "finish": finish}[message[0]["op"]])
    loop.call_soon_threadsafe(over.set)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
