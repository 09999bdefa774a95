"""Every limit at its edge, from both sides: what is allowed works, and no more than that does."""

from __future__ import annotations

import hashlib
import threading
import uuid
from typing import TYPE_CHECKING

import pytest
from boxes import IGNORES_SIGNALS, Stopwatch, processes_with, wait_until

from graders.evidence import ExitKind
from sandbox.model import MIB

if TYPE_CHECKING:
    from boxes import Box

kernels = pytest.mark.engine_only(reason="a limit of the kernel's, which a plain process has not")

EAGAIN, EMFILE, EFBIG, ENOSPC = 11, 24, 27, 28


# --- output --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("out", "err"), [(1000, 0), (0, 1000), (600, 400)])
def test_output_up_to_the_limit_is_kept_whole(box: Box, out: int, err: int) -> None:
    code = f"import os; os.write(1, b'o' * {out}); os.write(2, b'e' * {err})"
    with box.session(output_bytes=1000) as session:
        result = box.run(session, code)
    assert (result.exit_kind, result.exit_code) == (ExitKind.EXITED, 0)
    assert (result.stdout, result.stderr) == (b"o" * out, b"e" * err)
    assert not result.output_truncated


@pytest.mark.parametrize(("out", "err"), [(1001, 0), (0, 1001), (600, 401)])
def test_one_byte_more_is_cut_off_exactly_and_ends_the_command(
    box: Box, out: int, err: int
) -> None:
    code = (
        f"import os, time; os.write(1, b'o' * {out}); time.sleep(0.2); os.write(2, b'e' * {err})\n"
        "time.sleep(60)"
    )
    with box.session(output_bytes=1000) as session, Stopwatch(at_most_s=10):
        result = box.run(session, code)
        assert result.exit_kind is ExitKind.OUTPUT_LIMIT
        assert len(result.stdout + result.stderr) == 1000
        assert len(result.stdout) == min(out, 1000)
        assert result.output_truncated
        assert box.say(session, "print('the next command runs')") == "the next command runs"


def test_endless_output_is_ended_at_once(box: Box) -> None:
    code = "import os\nwhile True: os.write(1, b'x' * 65536)"
    with box.session(output_bytes=MIB) as session, Stopwatch(at_most_s=8):
        result = box.run(session, code)
        assert (result.exit_kind, len(result.stdout)) == (ExitKind.OUTPUT_LIMIT, MIB)


def test_output_is_bytes_as_they_were_written(box: Box) -> None:
    code = "import os; os.write(1, bytes(range(256))); os.write(2, 'Zoë 🧪'.encode())"
    with box.session() as session:
        result = box.run(session, code)
    assert result.stdout == bytes(range(256))
    assert result.stderr.decode() == "Zoë 🧪"


def test_output_that_comes_late_is_not_lost(box: Box) -> None:
    code = "import os\nfor i in range(2000): os.write(1, b'%06d\\n' % i)\nos._exit(0)"
    with box.session() as session:
        lines = box.run(session, code).stdout.split()
    assert lines == [b"%06d" % number for number in range(2000)]


# --- input and arguments -------------------------------------------------------------------------


def test_a_command_reads_all_of_its_input(box: Box) -> None:
    code = "import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())"
    body = bytes(range(256)) * 16384
    with box.session() as session:
        result = box.run(session, code, stdin=body)
    assert result.stdout.decode().strip() == hashlib.sha256(body).hexdigest()


def test_a_command_need_not_read_its_input(box: Box) -> None:
    with box.session() as session:
        assert box.run(session, "print(1)", stdin=b"x" * 4 * MIB).exit_code == 0
        assert box.say(session, "print(2)") == "2"


def test_arguments_of_a_mebibyte_arrive(box: Box) -> None:
    words = [chr(ord("a") + number) * 65536 for number in range(16)]
    code = "import sys; print(len(''.join(sys.argv[1:])), sys.argv[3][:3], len(sys.argv))"
    with box.session() as session:
        assert box.say(session, code, *words) == f"{MIB} ccc 17"


def test_an_argument_at_the_kernels_edge_passes_and_a_longer_one_is_told(box: Box) -> None:
    longest = 32 * 4096 - 1  # MAX_ARG_STRLEN with its end mark
    code = "import sys; print(len(sys.argv[1]))"
    with box.session() as session:
        assert box.say(session, code, "x" * longest) == str(longest)
        result = box.run(session, code, "x" * (longest + 1))
        assert (result.exit_kind, result.exit_code) == (ExitKind.EXITED, 127)
        assert b"too long" in result.stderr


def test_arguments_are_never_a_shells(box: Box) -> None:
    words = ["$HOME", "a b", "`id`", "*", "", "'\"\\", "-c", "é🧪", "\n"]
    with box.session() as session:
        assert box.say(session, "import sys; print(sys.argv[1:])", *words) == repr(words)


# --- time ----------------------------------------------------------------------------------------


def test_a_command_within_its_time_exits(box: Box) -> None:
    with box.session() as session:
        result = box.run(session, "import time; time.sleep(0.5)", wall_time_s=5)
    assert (result.exit_kind, result.exit_code) == (ExitKind.EXITED, 0)
    assert 0.5 <= result.wall_time_s < 4


@pytest.mark.parametrize(
    "code",
    [
        "import time; time.sleep(60)",
        "while True: pass",
        IGNORES_SIGNALS,
        "import os; os.kill(os.getpid(), 19)",
    ],
    ids=["sleeps", "spins", "ignores-signals", "stops-itself"],
)
def test_a_command_beyond_its_time_is_cut_off_at_it(box: Box, code: str) -> None:
    with box.session() as session, Stopwatch(at_least_s=1, at_most_s=6):
        result = box.run(session, code, wall_time_s=1)
    assert (result.exit_kind, result.exit_code) == (ExitKind.TIMED_OUT, None)
    assert 1 <= result.wall_time_s < 1.8
    assert session.ended


def test_what_was_said_before_the_cut_is_kept(box: Box) -> None:
    code = "import time; print('so far', flush=True); time.sleep(60)"
    with box.session() as session:
        assert box.run(session, code, wall_time_s=1).stdout == b"so far\n"


def test_a_timeout_ends_the_children_too(box: Box) -> None:
    mark = f"mark-{uuid.uuid4().hex}"
    code = """
import subprocess, sys, time
for more in (False, True):
    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', sys.argv[1]],
                     start_new_session=more)
time.sleep(600)
"""
    with box.session() as session:
        kinds: list[ExitKind] = []
        thread = threading.Thread(
            target=lambda: kinds.append(box.run(session, code, mark, wall_time_s=3).exit_kind)
        )
        thread.start()
        wait_until(lambda: len(processes_with(mark)) == 3)
        thread.join(20)
        wait_until(lambda: processes_with(mark) == [], timeout_s=2)
    assert kinds == [ExitKind.TIMED_OUT]


@pytest.mark.engine_only(reason="only the first process of a container inherits orphans")
def test_what_a_command_leaves_behind_is_ended_and_counted(box: Box) -> None:
    mark = f"mark-{uuid.uuid4().hex}"
    code = """
import subprocess, sys
for _ in range(3):
    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', sys.argv[1]],
                     start_new_session=True)
"""
    with box.session() as session:
        result = box.run(session, code, mark)
        assert (result.exit_code, result.leftover_processes) == (0, 3)
        assert processes_with(mark) == []
        assert box.run(session, "pass").leftover_processes == 0


# --- memory --------------------------------------------------------------------------------------

GROW = """
import sys
kept = []
while True:
    kept.append(bytearray(b'x') * 2**20)
    print(len(kept), flush=True)
"""


@kernels
@pytest.mark.parametrize("mebibytes", [64, 160])
def test_memory_can_be_used_up_to_the_limit_and_not_beyond(box: Box, mebibytes: int) -> None:
    with box.session(memory_bytes=mebibytes * MIB) as session:
        result = box.run(session, GROW)
        session.end()
    assert result.exit_kind is ExitKind.OUT_OF_MEMORY
    assert session.out_of_memory
    # What is missing is the guest's and the interpreter's own.
    assert mebibytes - 40 <= int(result.stdout.split()[-1]) <= mebibytes


@kernels
def test_memory_below_the_limit_is_nobodys_concern(box: Box) -> None:
    with box.session() as session:
        assert box.say(session, "x = bytearray(b'x') * 60 * 2**20; print(len(x))") == str(60 * MIB)
        session.end()
    assert not session.out_of_memory


@kernels
def test_memory_of_children_counts(box: Box) -> None:
    code = """
import subprocess, sys
big = [sys.executable, '-c', "import time; x = b'x' * 45 * 2**20; time.sleep(2)"]
codes = [child.wait() for child in [subprocess.Popen(big) for _ in range(3)]]
sys.exit(any(codes))
"""
    with box.session() as session:
        result = box.run(session, code)
        session.end()
    assert (result.exit_kind, session.out_of_memory) == (ExitKind.OUT_OF_MEMORY, True)


@kernels
@pytest.mark.parametrize("place", ["/work", "/tmp", "/dev/shm"])
def test_files_in_writable_places_count_as_memory(box: Box, place: str) -> None:
    code = """
import sys
for number in range(int(sys.argv[2])):
    open(f'{sys.argv[1]}/{number}', 'wb').write(b'x' * 2**20)
"""
    with box.session(memory_bytes=64 * MIB, disk_bytes=100 * MIB) as session:
        assert box.run(session, code, place, "16").exit_code == 0
    hog = code + "x = bytearray(b'x') * 50 * 2**20"
    with box.session(memory_bytes=64 * MIB, disk_bytes=100 * MIB) as session:
        assert box.run(session, hog, place, "16").exit_kind is ExitKind.OUT_OF_MEMORY


@kernels
def test_a_forged_exit_code_is_not_out_of_memory(box: Box) -> None:
    with box.session() as session:
        assert box.run(session, "raise SystemExit(137)").exit_kind is ExitKind.EXITED
        session.end()
    assert not session.out_of_memory


# --- processes and processor time ----------------------------------------------------------------

COUNT = """
import os
print(error, sum(len(os.listdir(f'/proc/{p}/task')) for p in os.listdir('/proc') if p.isdigit()))
"""
PROCESSES = """
import subprocess
kept = []
try:
    while len(kept) < 200: kept.append(subprocess.Popen(['sleep', '60']))
except OSError as problem: error = problem.errno
"""
THREADS = """
import threading
hold = threading.Event()
try:
    for _ in range(200): threading.Thread(target=hold.wait, daemon=True).start()
except RuntimeError: error = 11
"""


@kernels
@pytest.mark.parametrize("pids", [20, 60])
@pytest.mark.parametrize("code", [PROCESSES, THREADS], ids=["processes", "threads"])
def test_processes_and_threads_are_exactly_as_many_as_allowed(
    box: Box, code: str, pids: int
) -> None:
    with box.session(pids=pids) as session:
        assert box.say(session, code + COUNT) == f"{EAGAIN} {pids}"
        assert box.say(session, "print('the guest is in charge')") == "the guest is in charge"


@kernels
def test_a_fork_bomb_is_ended_at_its_time(box: Box) -> None:
    code = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    with box.session() as session, Stopwatch(at_most_s=10):
        assert box.run(session, code, wall_time_s=2).exit_kind is ExitKind.TIMED_OUT


@kernels
def test_processor_time_is_no_more_than_allowed(box: Box) -> None:
    code = """
import os, time
end = time.monotonic() + 3
if os.fork() == 0:
    while time.monotonic() < end: pass
    os._exit(0)
while time.monotonic() < end: pass
os.wait()
used = os.times()
print(used.user + used.system + used.children_user + used.children_system)
"""
    with box.session(cpus=0.5) as session:
        result = box.run(session, code)
    assert 0.5 < float(result.stdout) < 0.5 * 3 * 1.25  # without a limit: up to 6
    assert 0.5 < result.cpu_time_s < 0.5 * result.wall_time_s * 1.25


@kernels
def test_usage_is_what_was_used(box: Box) -> None:
    code = """
import time
x = bytearray(b'x') * 70 * 2**20
end = time.process_time() + 0.5
while time.process_time() < end: pass
"""
    with box.session() as session:
        result = box.run(session, code)
    assert 0.5 <= result.cpu_time_s < 3
    assert 70 * MIB <= result.memory_peak_bytes <= 128 * MIB


# --- files ---------------------------------------------------------------------------------------

FILL = """
import os, sys
free = os.statvfs(sys.argv[1])
left = free.f_bavail * free.f_frsize
os.chdir(sys.argv[1])
number = 0
while left:
    with open(f'fill{number}', 'wb') as file: left -= file.write(b'x' * min(left, 2**20))
    number += 1
print(free.f_blocks * free.f_frsize, os.statvfs('.').f_bavail)
try:
    with open('fill0', 'ab', buffering=0) as file: file.write(b'x')
except OSError as error: print(error.errno)
"""


@kernels
@pytest.mark.parametrize(
    ("place", "size"), [("/work", 17 * MIB), ("/tmp", 64 * MIB), ("/dev/shm", 64 * MIB)]
)
def test_a_writable_place_takes_its_size_and_no_byte_more(box: Box, place: str, size: int) -> None:
    with box.session() as session:
        assert box.say(session, FILL, place).split() == [str(size), "0", str(ENOSPC)]


@kernels
def test_a_full_disk_is_said_only_of_a_command_that_failed(box: Box) -> None:
    with box.session() as session:
        handled = box.run(session, FILL, "/work")
        assert handled.exit_kind is ExitKind.EXITED
        failed = box.run(session, "open('more', 'wb', buffering=0).write(b'x')")
        assert (failed.exit_kind, failed.exit_code) == (ExitKind.DISK_FULL, 1)


@kernels
def test_a_file_is_as_long_as_the_disk_and_no_longer(box: Box) -> None:
    code = """
import os
file = os.open('sparse', os.O_CREAT | os.O_WRONLY)
os.truncate(file, 17 * 2**20)
print(os.fstat(file).st_size)
try: os.truncate(file, 17 * 2**20 + 1)
except OSError as error: print(error.errno)
"""
    with box.session() as session:
        assert box.say(session, code).split() == [str(17 * MIB), str(EFBIG)]


@kernels
def test_files_are_limited_in_number(box: Box) -> None:
    if box.name == "podman":
        pytest.skip("Podman takes no number of files for a tmpfs: there memory is the limit")
    code = """
number = 0
try:
    while number < 40_000: open(f'f{number}', 'w').close(); number += 1
except OSError as error: print(error.errno, number)
"""
    with box.session() as session:
        number, count = map(int, box.say(session, code).split())
    assert number == ENOSPC
    assert 31_900 < count < 32_000


@kernels
def test_descriptors_are_exactly_as_many_as_allowed(box: Box) -> None:
    code = """
import os
try:
    while True: last = os.open('/dev/null', os.O_RDONLY)
except OSError as error: print(error.errno, last)
"""
    with box.session() as session:
        assert box.say(session, code) == f"{EMFILE} 1023"


@kernels
def test_no_limit_can_be_raised_from_inside(box: Box) -> None:
    code = """
import resource
for name in ('RLIMIT_CORE', 'RLIMIT_NOFILE', 'RLIMIT_FSIZE'):
    number = getattr(resource, name)
    hard = resource.getrlimit(number)[1]
    try: resource.setrlimit(number, (hard + 1, hard + 1))
    except ValueError: print(name, 'stays')
print(resource.getrlimit(resource.RLIMIT_CORE))
"""
    with box.session() as session:
        said = box.say(session, code).splitlines()
    assert [line.split()[-1] for line in said[:3]] == ["stays"] * 3
    assert said[3] == "(0, 0)"
