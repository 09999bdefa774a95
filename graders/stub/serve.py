"""Run the API of this task on your own machine: python upstream/serve.py [--port 9000]

Needs Python 3.11 and nothing else. It serves the scenario in the folder `scenario/` beside this
file and prints one line for each request (none with --quiet). With --log FILE it writes what it saw
to FILE at its end: one line of JSON for each request. Every start begins anew. Ctrl-C ends it.
"""

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

from stub_server import Log, Server
from upstream import make_upstream


async def serve(arguments, log):
    handler = make_upstream(arguments.scenario)

    def told(request):
        reply = handler(request)
        if not arguments.quiet:
            words = f"{request.method} {request.target}  {reply.status}"
            print(f"{request.at:8.3f} s  {words}", flush=True)
        return reply

    server = Server(told, log)
    port = await server.start(arguments.port)
    log.begin()
    print(f"ready on http://127.0.0.1:{port}", flush=True)
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # not on Windows
            asyncio.get_running_loop().add_signal_handler(number, over.set)
    await over.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=9000, help="0 takes any that is free")
    parser.add_argument("--scenario", type=Path, default=HERE / "scenario")
    parser.add_argument("--log", type=Path)
    parser.add_argument("--quiet", action="store_true")
    arguments = parser.parse_args()
    log = Log()
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve(arguments, log))
    finally:
        if arguments.log:
            arguments.log.write_bytes(log.lines())
        if log.failure:
            print(log.failure, file=sys.stderr)


if __name__ == "__main__":
    main()
