"""The main process of every container: puts files, runs commands, hands files back.

Protocol 1, frames as in ``wire.py`` on stdin and stdout.

Requests (``op``) and what answers them (``t``):

* ``put`` path, mode + body: writes a file by temporary name and rename. Answers only on failure:
  ``put_failed`` path, reason.
* ``make_dirs`` paths; ``clear`` path (empties a folder). Answer only on failure, as ``put`` does.
* ``sync``: answers ``synced`` once all before it is done.
* ``run`` argv, cwd, env, output_bytes + body (the command's stdin): answers ``out`` fd + body as
  it comes, then ``done`` code, signal, output_limit, disk_full, oom_kills, leftovers, how many of
  these left the command's session (``daemons``) and how many sockets listen (``listening``). All
  processes that the command left are killed, save a spawned service's.
* ``survey`` names (patterns): answers ``survey`` paths, of files in the submission and ``/tmp``
  whose names match, at most 20.
* ``spawn`` argv, cwd, env, output_bytes: starts a service; answers ``spawned`` ok, reason.
* ``status``: answers ``status`` running, code, signal + body (the service's last output).
* ``kill``: SIGKILL to the service and its group; answers ``killed``.
* ``call_open`` argv, cwd, env: starts a process that answers frames with frames on its stdin and
  stdout; answers ``call_opened`` ok, reason.
* ``call`` count, max_bytes + body (that many frames): hands the body to that process and what comes
  back on as ``reply`` + body, as it comes, until ``count`` frames are through or one says it is
  larger than ``max_bytes``. If the process ends before: ``call_ended`` code, signal, oom_kills +
  body (its last output).
* ``collect`` files [{path, max_bytes}]: answers one ``file`` path, state, size + body for each;
  state is ``ok``, ``missing``, ``too_large``, ``not_regular`` or ``unreadable``.
* ``become`` argv, env: replaces this process, which keeps stdin and stdout. No answer.

Paths are relative to the root folder (``WORKSAMPLE_ROOT``, default ``/work``). Everything this
script says is a claim: the candidate's processes have its uid. It runs as PID 1, so that no signal
of theirs reaches it, and is not dumpable, so that they cannot read or write its descriptors.

Standard library only; also runs on Python 3.8.
"""

import collections
import contextlib
import errno
import fnmatch
import os
import signal
import stat
import sys

from calls import Caller, widen_pipe
from processes import (
    CHUNK,
    DiskWatch,
    OutputMeter,
    Pipes,
    Processes,
    daemons,
    exit_words,
    hide_from_children,
    inside,
    kill_group,
    listening_sockets,
    oom_kills,
    signal_all,
)
from wire import ROOT, Channel, write_all

PROTOCOL = 1
LAST_OUTPUT_BYTES = 65536
MAX_SURVEYED = 20000
MAX_FOUND = 20


# --- files ---------------------------------------------------------------------------------------


def put(header, body):
    target = inside(header["path"])
    os.makedirs(os.path.dirname(target), exist_ok=True)
    temporary = inside(".putting")  # beside every folder of the candidate's
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NONBLOCK
    fd = os.open(temporary, flags, header.get("mode", 0o644))
    try:
        write_all(fd, body)
    finally:
        os.close(fd)
    os.replace(temporary, target)


def clear(path):
    """Empty a folder below the root."""
    empty(inside(path))


def empty(folder):
    """Empty a folder without following links; what stands in its place is removed."""
    if os.path.islink(folder) or os.path.isfile(folder):
        os.unlink(folder)
    for base, folders, files in os.walk(folder, topdown=False):
        for name in files:
            os.unlink(os.path.join(base, name))
        for name in folders:
            child = os.path.join(base, name)
            if os.path.islink(child):
                os.unlink(child)
            else:
                os.rmdir(child)
    os.makedirs(folder, exist_ok=True)


def collect_one(path, max_bytes):
    """Return (state, size, content) of one declared file, following no link on its path."""
    try:
        fd = open_beneath(path)
    except FileNotFoundError:
        return "missing", 0, b""
    except OSError:
        return "not_regular", 0, b""
    try:
        facts = os.fstat(fd)
        if not stat.S_ISREG(facts.st_mode) or facts.st_nlink != 1:
            return "not_regular", facts.st_size, b""
        if facts.st_size > max_bytes:
            return "too_large", facts.st_size, b""
        return "ok", facts.st_size, read_capped(fd, facts.st_size)
    except OSError:
        return "unreadable", 0, b""
    finally:
        os.close(fd)


def open_beneath(path):
    folder = os.open(ROOT, os.O_RDONLY | os.O_DIRECTORY)
    parts = path.split("/")
    try:
        for part in parts[:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    finally:
        os.close(folder)


def find_files(folders, patterns):
    """Return paths of files whose names match, following no link; a name in bytes that are not
    UTF-8 is shown with escapes."""
    found, seen = [], 0
    for folder in folders:
        for base, _, names in os.walk(folder):
            for name in names:
                seen += 1
                if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
                    path = os.path.join(base, name)
                    found.append(path.encode("utf-8", "backslashreplace").decode()[-200:])
            if seen > MAX_SURVEYED or len(found) >= MAX_FOUND:
                return found[:MAX_FOUND]
    return found


def read_capped(fd, size):
    parts = []
    while size > 0:
        part = os.read(fd, min(size, 1 << 20))
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


# --- the agent -----------------------------------------------------------------------------------


class Agent:
    def __init__(self, channel):
        self._channel = channel
        self._processes = Processes()
        self._running = None
        self._service = None
        self._service_output = collections.deque(maxlen=16)
        self._caller = None

    def serve(self):
        while True:
            message = self._channel.read()
            if message is None:
                return
            header, body = message
            getattr(self, "_do_" + header["op"])(header, body)

    def _do_put(self, header, body):
        with self._told(header["path"]):
            put(header, body)

    def _do_make_dirs(self, header, _body):
        for path in header["paths"]:
            with self._told(path):
                os.makedirs(inside(path), exist_ok=True)

    def _do_clear(self, header, _body):
        with self._told(header["path"]):
            clear(header["path"])

    @contextlib.contextmanager
    def _told(self, path):
        """Tell the host of a failure on this path."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or "error"
            self._channel.write({"t": "put_failed", "path": path, "reason": reason})

    def _do_sync(self, _header, _body):
        self._channel.write({"t": "synced", "protocol": PROTOCOL})

    def _do_run(self, header, body):
        oom_before = oom_kills()
        meter = OutputMeter(self._channel, header["output_bytes"], self._signal)
        try:
            words = self._run_watched(header, body, meter)
        except OSError as error:
            if self._service is None:
                raise  # nothing else runs here: the machine has no room
            meter.consume(2, str(error).encode())
            words = {"code": 127, "signal": None, "disk_full": False, "leftovers": 0}
        words.update(t="done", output_limit=meter.exceeded, oom_kills=oom_kills() - oom_before)
        self._channel.write(words)

    def _run_watched(self, header, body, meter):
        with DiskWatch((ROOT, "/tmp")) as disk:
            pipes = Pipes(body, meter.consume)
            words = self._run_to_end(header, pipes)
        words.update(daemons=daemons(self._running), listening=listening_sockets())
        words["leftovers"] = self._stop()
        pipes.join()
        words["disk_full"] = disk.was_full
        return words

    def _run_to_end(self, header, pipes):
        try:
            process = self._processes.start(header, *pipes.child)
        except OSError as error:
            if error.errno == errno.EAGAIN:
                raise
            os.write(pipes.child[2], str(error).encode()[:1000])
            return {"code": 127, "signal": None}
        finally:
            pipes.close_child_ends()
        self._running = process.pid
        process.returncode = self._processes.wait(process.pid)
        return exit_words(process.returncode)

    def _signal(self):
        if self._running is not None:
            kill_group(self._running)
        if self._service is None:
            signal_all()

    def _stop(self):
        """End what a command left; a running service stays. Return how many processes it left."""
        self._processes.reap_ended()
        self._signal()
        self._running = None
        return self._processes.kill_all() if self._service is None else 0

    def _do_spawn(self, header, _body):
        self._end_service()
        self._service_output.clear()
        pipes = Pipes(b"", lambda _fd, data: self._service_output.append(data[-CHUNK:]))
        try:
            self._service = self._processes.start(header, *pipes.child)
        except OSError as error:
            self._channel.write({"t": "spawned", "ok": False, "reason": str(error)[:300]})
        else:
            self._channel.write({"t": "spawned", "ok": True, "reason": ""})
        finally:
            pipes.close_child_ends()

    def _do_status(self, _header, _body):
        words = {"t": "status", "running": False, "code": None, "signal": None}
        if self._service is not None:
            status = self._processes.poll(self._service.pid)
            words["running"] = status is None
            if status is not None:
                words.update(exit_words(status))
        self._channel.write(words, b"".join(self._service_output)[-LAST_OUTPUT_BYTES:])

    def _do_kill(self, _header, _body):
        self._end_service()
        self._channel.write({"t": "killed"})

    def _end_service(self):
        if self._service is not None and self._processes.poll(self._service.pid) is None:
            kill_group(self._service.pid)
            self._service.returncode = self._processes.wait(self._service.pid)
        self._processes.kill_all()
        self._service = None

    def _do_call_open(self, header, _body):
        self._caller = Caller(self._channel)
        pipes = Pipes(b"", lambda _fd, data: self._service_output.append(data[-CHUNK:]))
        try:
            self._caller.pid = self._processes.start(
                header, *self._caller.child, pipes.child[2]
            ).pid
        except OSError as error:
            self._channel.write({"t": "call_opened", "ok": False, "reason": str(error)[:300]})
        else:
            self._channel.write({"t": "call_opened", "ok": True, "reason": ""})
        finally:
            pipes.close_child_ends()
            self._caller.close_child_ends()

    def _do_call(self, header, body):
        oom_before = oom_kills()
        if self._caller.exchange(body, header["count"], header["max_bytes"]):
            return
        kill_group(self._caller.pid)
        words = exit_words(self._processes.wait(self._caller.pid))
        words.update({"t": "call_ended", "oom_kills": oom_kills() - oom_before})
        self._channel.write(words, b"".join(self._service_output)[-LAST_OUTPUT_BYTES:])

    def _do_collect(self, header, _body):
        for wanted in header["files"]:
            state, size, content = collect_one(wanted["path"], wanted["max_bytes"])
            words = {"t": "file", "path": wanted["path"], "state": state, "size": size}
            self._channel.write(words, content)

    def _do_survey(self, header, _body):
        found = find_files((inside("submission"), "/tmp"), header["names"])
        self._channel.write({"t": "survey", "paths": found})

    def _do_become(self, header, _body):
        environment = dict(os.environ)
        environment.update(header.get("env", {}))
        os.execvpe(header["argv"][0], header["argv"], environment)


def main():
    hide_from_children()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for fd in (0, 1):
        widen_pipe(fd)
    # Descriptors 0 and 1 stay as they are: children get pipes of their own, `become` keeps them.
    Agent(Channel(0, 1)).serve()


if __name__ == "__main__":
    sys.exit(main())
