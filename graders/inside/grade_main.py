"""Main process of a grade container: does the imports once, and forks a process for each job.

Protocol 1, frames as in ``wire.py`` on stdin and stdout. Requests (``op``) and answers (``t``):

* ``load`` modules: imports what the hidden tests will import; answers ``loaded`` threads, how many
  threads this process has by then: it may be forked while there is one.
* ``begin``: forks. From there on the new process reads the requests; this one waits for its end.
* ``put``, ``make_dirs``, ``sync``: as in ``agent.py``.
* ``work`` name (``judge``, ``generate``): whatever is printed goes to stderr from here on; what is
  said in frames stands in ``judging.py`` and ``generating.py``.

When the new process has ended, everything that it left is removed: processes, files, memory that
is shared by name. Answer: ``ended`` clean, reason, said (the end of its stderr). What is not clean
must not be used again.

Nothing of a job ever enters this process: no byte of a submission, of a truth or of a hidden test.
"""

import contextlib
import gc
import importlib
import os
import signal
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import generating
import judging
import processes
import wire
from agent import Agent, empty

sys.path.remove(HERE)

WORK = {"judge": judging.judge, "generate": generating.generate_data}
PLACES = ("/tmp", "/dev/shm", "/dev/mqueue")
SHARED_BY_NAME = ("shm", "sem", "msg")
SAID_BYTES = 1000


class Seat(Agent):
    """The process of one job."""

    def _do_work(self, header, _body):
        WORK[header["name"]](wire.take_stdio())
        sys.stderr.flush()
        os._exit(0)


class Bench(Agent):
    """The process that stays."""

    def _do_load(self, header, _body):
        gc.disable()
        for name in header["modules"]:
            with contextlib.suppress(Exception):  # whoever needs it says what is wrong with it
                importlib.import_module(name)
        empty(wire.ROOT)
        gc.collect()
        gc.freeze()  # what is shared with each fork stays shared
        gc.enable()
        self._channel.write({"t": "loaded", "threads": len(os.listdir("/proc/self/task"))})

    def _do_begin(self, _header, _body):
        with tempfile.TemporaryFile() as said:
            child = os.fork()
            if child == 0:
                take_seat(self._channel, said.fileno())
            status = self._processes.wait(child)
            self._processes.kill_all()
            said.seek(-min(SAID_BYTES, said.seek(0, os.SEEK_END)), os.SEEK_END)
            words = said.read().decode("utf-8", "replace")
        reason = "" if status == 0 else f"the process ended: {processes.exit_words(status)}"
        try:
            tidy()
        except OSError as error:
            reason = reason or str(error)
        answer = {"t": "ended", "clean": not reason, "reason": reason, "said": words}
        self._channel.write(answer)


def take_seat(channel, said):
    """Serve one job and end, whatever happens."""
    try:
        os.setsid()
        os.dup2(said, 2)
        numpy = sys.modules.get("numpy")
        if numpy is not None:
            numpy.random.seed()  # else every fork draws the same numbers
        Seat(channel).serve()
    except BaseException:  # noqa: BLE001 - this process must not go on as the other one
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
    finally:
        os._exit(1)


def tidy():
    """Remove what a job left, and raise OSError where something stays."""
    empty(wire.ROOT)
    if os.getpid() != 1:
        return  # no container: the rest is not ours
    for place in filter(os.path.isdir, PLACES):
        empty(place)
    for kind in SHARED_BY_NAME:
        with open("/proc/sysvipc/" + kind) as table:
            if len(table.readlines()) > 1:
                raise OSError("shared memory, a semaphore or a queue was left")


if __name__ == "__main__":
    processes.hide_from_children()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Bench(wire.Channel(0, 1)).serve()
