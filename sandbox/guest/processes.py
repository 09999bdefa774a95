"""Starts commands, reaps everything, meters output: the agent's hands.

Standard library only; also runs on Python 3.8.
"""

import contextlib
import ctypes
import errno
import functools
import os
import signal
import subprocess
import threading
import time

from wire import ROOT, write_all

CHUNK = 65536
PR_SET_DUMPABLE = 4
DISK_SAMPLE_S = 0.02

_libc = ctypes.CDLL(None)


def hide_from_children():
    """Make this process not dumpable: nobody of its uid may read or write its descriptors."""
    _libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def inside(path):
    """Return ``path`` below the root; a path that leads out of it is a bug of the host's."""
    full = os.path.normpath(os.path.join(ROOT, path))
    if full != ROOT and not full.startswith(ROOT + os.sep):
        raise ValueError("path outside the root: " + path)
    return full


class Processes:
    """Starts commands and reaps everything: as PID 1 this process inherits every orphan."""

    def __init__(self):
        self._ended = {}

    def start(self, header, stdin, stdout, stderr):
        environment = dict(os.environ)
        environment.update(header.get("env", {}))
        process = subprocess.Popen(
            header["argv"],
            cwd=inside(header.get("cwd", ".")),
            env=environment,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
            preexec_fn=first_to_die,
        )
        self._ended.pop(process.pid, None)  # of an orphan that had this number before
        return process

    def wait(self, pid):
        """Block until ``pid`` ends; return its wait status."""
        while pid not in self._ended:
            self._reap(0)
        return self._ended.pop(pid)

    def poll(self, pid):
        """Return the wait status of ``pid``, or None while it runs."""
        self.reap_ended()
        return self._ended.get(pid)

    def reap_ended(self):
        """Reap what has ended by itself."""
        while self._reap(os.WNOHANG):
            pass

    def _reap(self, flags):
        try:
            pid, status = os.waitpid(-1, flags)
        except ChildProcessError:
            return False
        if pid:
            self._ended[pid] = status
        return bool(pid)

    def kill_all(self):
        """SIGKILL everything but this process and reap it; return how many processes that were."""
        killed = 0
        while signal_all():
            if self._reap(0):
                killed += 1
            else:
                time.sleep(0.001)  # its parent is still dying; then it becomes ours
        return killed


def signal_all():
    """SIGKILL everything but this process, as PID 1 of a container may; say if there was any."""
    if os.getpid() != 1:
        return False
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def daemons(command):
    """Count the processes that left the session of a command of ours; it led one of its own."""
    count = 0
    for name in os.listdir("/proc") if os.getpid() == 1 else ():
        if not name.isdigit() or name == "1":
            continue
        with contextlib.suppress(OSError), open("/proc/" + name + "/stat") as file:
            state, _, _, session = file.read().rpartition(")")[2].split()[:4]
            count += int(session) != command and state != "Z"
    return count


def listening_sockets():
    """Count the command's listening sockets, of all kinds: another user's, in a network that is
    shared, are not its own."""
    count, user = 0, str(os.getuid())
    for name, column, words in (
        ("tcp", slice(3, 8, 4), ["0A", user]),
        ("tcp6", slice(3, 8, 4), ["0A", user]),
        ("unix", slice(3, 4), ["00010000"]),
    ):
        if os.getpid() == 1:
            with contextlib.suppress(OSError), open("/proc/net/" + name) as file:
                count += sum(line.split()[column] == words for line in file.readlines()[1:])
    return count


def first_to_die():
    """In the child, before it becomes the command: the kernel kills it before this script."""
    _libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def start_thread(function, *arguments):
    """Start a thread; where there is no room for one more, raise OSError, as a fork does."""
    thread = threading.Thread(target=function, args=arguments, daemon=True)
    try:
        thread.start()
    except RuntimeError as error:
        raise OSError(errno.EAGAIN, "no room for one more thread") from error
    return thread


def kill_group(pid):
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def exit_words(status):
    if os.WIFSIGNALED(status):
        return {"code": None, "signal": os.WTERMSIG(status)}
    return {"code": os.WEXITSTATUS(status), "signal": None}


class Pipes:
    """Three pipes whose threads run before the command does: no fork bomb of it can prevent them.

    Raises OSError where something else has taken all room for threads; nothing stays open then.
    """

    def __init__(self, body, consume):
        self.child = []
        self._threads = []
        read_end, write_end = os.pipe()
        self.child.append(read_end)
        self._go(feed, write_end, body)
        for fd in (1, 2):
            read_end, write_end = os.pipe()
            self.child.append(write_end)
            self._go(drain, read_end, functools.partial(consume, fd))

    def _go(self, function, fd, argument):
        try:
            self._threads.append(start_thread(function, fd, argument))
        except OSError:
            os.close(fd)
            self.close_child_ends()
            raise

    def close_child_ends(self):
        for fd in self.child:
            os.close(fd)

    def join(self):
        for thread in self._threads[1:]:
            thread.join(2.0)


def feed(fd, body):
    with contextlib.suppress(OSError):
        write_all(fd, body)
    os.close(fd)


def drain(fd, consume):
    with contextlib.suppress(OSError):
        while True:
            data = os.read(fd, CHUNK)
            if not data:
                break
            consume(data)
    os.close(fd)


class OutputMeter:
    """Counts what two streams carry, passes on what is below the cap, kills beyond it."""

    def __init__(self, channel, cap, kill):
        self.exceeded = False
        self._channel = channel
        self._left = cap
        self._kill = kill
        self._lock = threading.Lock()

    def consume(self, fd, data):
        with self._lock:
            kept = data[: self._left]
            self._left -= len(kept)
            crossed = len(kept) < len(data) and not self.exceeded
            self.exceeded = self.exceeded or crossed
        if kept:
            self._channel.write({"t": "out", "fd": fd}, kept)
        if crossed:
            self._kill()


class DiskWatch:
    """Remembers whether a writable place was full at any sample."""

    def __init__(self, places):
        self.was_full = False
        self._places = places
        self._stop = threading.Event()
        self._thread = None

    def __enter__(self):
        self._thread = start_thread(self._watch)
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        self._sample()

    def _watch(self):
        while not self.was_full and not self._stop.wait(DISK_SAMPLE_S):
            self._sample()

    def _sample(self):
        for place in self._places:
            with contextlib.suppress(OSError):
                facts = os.statvfs(place)
                self.was_full |= facts.f_bavail == 0 or facts.f_favail == 0


def oom_kills():
    """Count the kernel's out-of-memory kills in this container; only the engine's word decides."""
    for path, key in (
        ("/sys/fs/cgroup/memory/memory.oom_control", "oom_kill"),
        ("/sys/fs/cgroup/memory.events", "oom_kill"),
    ):
        with contextlib.suppress(OSError, ValueError), open(path) as file:
            for line in file:
                name, _, value = line.partition(" ")
                if name == key:
                    return int(value)
    return 0
