"""Ordinary programs of data tasks do their work on the calls that a container may make."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from graders.session import CandidateSession, Command
from sandbox.model import GIB, MIB, Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.docker_engine import DockerSandbox

pytestmark = pytest.mark.docker

LIMITS = Limits(wall_time_s=120, memory_bytes=GIB, cpus=2.0, pids=128, disk_bytes=64 * MIB)

PROGRAMS = {
    "pandas reads and writes": """
        import pandas as pd
        frame = pd.DataFrame({"day": pd.date_range("2026-01-01", periods=1000), "n": range(1000)})
        frame.to_csv("frame.csv", index=False)
        back = pd.read_csv("frame.csv", parse_dates=["day"], memory_map=True)
        assert back.groupby(back.day.dt.month).n.sum().sum() == 499500
        """,
    "pandas and time zones": """
        import pandas as pd
        stamp = pd.Timestamp("2026-03-29 03:00", tz="Europe/Berlin")
        assert stamp.tz_convert("UTC").hour == 1
        """,
    "numpy on the threads of its linear algebra": """
        import os
        os.environ["OPENBLAS_NUM_THREADS"] = "2"
        import numpy as np
        a = np.random.default_rng(0).normal(size=(600, 600))
        assert np.allclose(a @ np.linalg.inv(a), np.eye(600), atol=1e-6)
        assert len(os.listdir("/proc/self/task")) >= 2
        """,
    "numpy maps a file": """
        import numpy as np
        a = np.memmap("a.bin", dtype="f8", mode="w+", shape=(1000,))
        a[:] = 2; a.flush()
        assert np.memmap("a.bin", dtype="f8", mode="r").sum() == 2000
        """,
    "pyarrow and Parquet": """
        import os, pyarrow as pa, pyarrow.compute as pc, pyarrow.parquet as pq
        table = pa.table({"n": list(range(100_000)), "text": ["x"] * 100_000})
        pq.write_table(table, "table.parquet", compression="zstd")
        back = pq.read_table("table.parquet", memory_map=True, use_threads=True)
        assert pc.sum(back["n"]).as_py() == 4999950000
        """,
    "pyarrow and a data set of folders": """
        import pyarrow as pa, pyarrow.dataset as ds
        table = pa.table({"part": [1, 2] * 50, "n": list(range(100))})
        ds.write_dataset(table, "set", format="parquet", partitioning=["part"])
        assert ds.dataset("set", partitioning=["part"]).to_table().num_rows == 100
        """,
    "scipy": """
        import numpy as np
        from scipy import optimize, sparse, stats
        assert abs(optimize.minimize(lambda x: (x - 3) ** 2, 0.0).x[0] - 3) < 1e-4
        assert sparse.linalg.norm(sparse.eye(10)) > 3
        assert stats.ks_2samp(np.arange(50), np.arange(50)).pvalue == 1
        """,
    "scikit-learn on OpenMP": """
        import os
        os.environ["OMP_NUM_THREADS"] = "2"
        from sklearn.datasets import make_classification
        from sklearn.ensemble import HistGradientBoostingClassifier
        x, y = make_classification(2000, random_state=0)
        assert HistGradientBoostingClassifier(max_iter=20).fit(x, y).score(x, y) > 0.9
        """,
    "OpenMP bound to processors": """
        import os
        os.environ |= {"OMP_NUM_THREADS": "2", "OMP_PROC_BIND": "true", "OMP_PLACES": "threads"}
        from sklearn.cluster import KMeans
        import numpy as np
        x = np.random.default_rng(0).normal(size=(2000, 4))
        assert KMeans(3, n_init=1, random_state=0).fit(x).inertia_ > 0
        """,
    "joblib on threads": """
        from joblib import Parallel, delayed
        found = Parallel(n_jobs=2, prefer="threads")(delayed(pow)(n, 2) for n in range(50))
        assert sum(found) == 40425
        """,
    "joblib on processes of loky": """
        import warnings
        warnings.simplefilter("error")
        import os, numpy as np
        from joblib import Parallel, delayed
        found = Parallel(n_jobs=2, backend="loky", max_nbytes=1000)(
            delayed(lambda a: (a.sum(), os.getpid()))(np.ones(10_000)) for _ in range(4))
        assert sum(total for total, _ in found) == 40_000
        assert os.getpid() not in {pid for _, pid in found}
        """,
    "joblib on processes of multiprocessing": """
        from joblib import Parallel, delayed
        found = Parallel(n_jobs=2, backend="multiprocessing")(delayed(pow)(n, 2) for n in range(9))
        assert sum(found) == 204
        """,
    "scikit-learn in parallel": """
        from sklearn.datasets import make_classification
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.model_selection import cross_val_score
        x, y = make_classification(500, random_state=0)
        forest = RandomForestClassifier(20, n_jobs=2, random_state=0)
        assert cross_val_score(forest, x, y, cv=3, n_jobs=2).mean() > 0.7
        """,
    "facts of the machine": """
        import os, platform, psutil
        assert os.cpu_count() and platform.uname().system == "Linux"
        assert psutil.Process().memory_info().rss > 0 and psutil.virtual_memory().total > 0
        """,
    "fastapi under uvicorn on loopback": """
        import subprocess, sys, time, httpx
        open("app.py", "w").write("from fastapi import FastAPI\\napp = FastAPI()\\n"
            "@app.get('/twice/{n}')\\ndef twice(n: int): return {'n': 2 * n}\\n")
        server = subprocess.Popen([sys.executable, "-m", "uvicorn", "app:app", "--port", "8123"])
        for _ in range(100):
            try: answer = httpx.get("http://localhost:8123/twice/21"); break
            except httpx.ConnectError: time.sleep(0.1)
        assert answer.json() == {"n": 42}
        server.terminate(); server.wait(10)
        """,
    "uvicorn with several workers": """
        import os, signal, subprocess, sys, time, httpx
        open("many.py", "w").write("async def app(scope, receive, send):\\n"
            "    if scope['type'] != 'http': return\\n"
            "    await send({'type': 'http.response.start', 'status': 204})\\n"
            "    await send({'type': 'http.response.body'})\\n")
        argv = [sys.executable, "-m", "uvicorn", "many:app", "--port", "8124", "--workers", "2",
                "--lifespan", "off"]
        server = subprocess.Popen(argv)
        for _ in range(150):
            try: answer = httpx.get("http://127.0.0.1:8124/"); break
            except httpx.TransportError: time.sleep(0.1)
        assert answer.status_code == 204
        server.terminate(); server.wait(20)
        """,
    "a notebook over TCP": """
        import nbformat
        from nbclient import NotebookClient
        cells = ["import pandas as pd", "pd.DataFrame({'n': [1, 2]}).n.sum()", "!echo from a shell"]
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
        NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
        texts = str([cell.outputs for cell in notebook.cells])
        assert "3" in texts and "from a shell" in texts
        """,
    "sqlite": """
        import sqlite3
        first = sqlite3.connect("data.db"); first.execute("pragma journal_mode=wal")
        first.execute("create table t (n)")
        first.executemany("insert into t values (?)", [(n,) for n in range(1000)]); first.commit()
        second = sqlite3.connect("data.db"); second.execute("pragma mmap_size=1000000")
        assert second.execute("select sum(n) from t").fetchone() == (499500,)
        second.execute("vacuum")
        """,
    "pytest": """
        import subprocess, sys
        open("test_one.py", "w").write("def test_one(tmp_path): assert tmp_path.is_dir()")
        subprocess.run([sys.executable, "-m", "pytest", "-q", "test_one.py"], check=True)
        """,
    "a pool that forks": """
        import multiprocessing as mp
        with mp.get_context("fork").Pool(2) as pool: assert sum(pool.map(abs, range(-9, 0))) == 45
        """,
    "a pool that spawns": """
        import multiprocessing as mp
        with mp.get_context("spawn").Pool(2) as pool: assert sum(pool.map(abs, range(-9, 0))) == 45
        """,
    "a pool of a fork server": """
        import multiprocessing as mp
        with mp.get_context("forkserver").Pool(2) as pool: assert pool.map(abs, [-1]) == [1]
        """,
    "queues, locks and events between processes": """
        import multiprocessing as mp
        context = mp.get_context("fork")
        queue, lock, event, number = (context.Queue(), context.Lock(), context.Event(),
                                      context.Value("i", 0))
        def work():
            for _ in range(100):
                with lock: number.value += 1
            queue.put("done"); event.wait(10)
        workers = [context.Process(target=work) for _ in range(3)]
        for one in workers: one.start()
        assert [queue.get(timeout=20) for _ in workers] == ["done"] * 3
        event.set()
        for one in workers: one.join(20)
        assert number.value == 300 and all(one.exitcode == 0 for one in workers)
        """,
    "shared memory": """
        from multiprocessing import shared_memory
        import subprocess, sys
        memory = shared_memory.SharedMemory(create=True, size=4096)
        memory.buf[0] = 7
        code = ("import sys; from multiprocessing.shared_memory import SharedMemory as S;"
                "s = S(sys.argv[1], track=False); s.buf[1] = s.buf[0] + 1; s.close()")
        subprocess.run([sys.executable, "-c", code, memory.name], check=True)
        assert memory.buf[1] == 8
        memory.close(); memory.unlink()
        """,
    "a manager's server": """
        import multiprocessing as mp
        with mp.get_context("fork").Manager() as manager:
            numbers = manager.list([1]); numbers.append(2); assert list(numbers) == [1, 2]
        """,
    "threads": """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(8) as pool: assert sum(pool.map(abs, range(-99, 0))) == 4950
        """,
    "asyncio's subprocesses": """
        import asyncio, asyncio.subprocess as sub
        async def main():
            one = await asyncio.create_subprocess_exec("cat", stdin=sub.PIPE, stdout=sub.PIPE)
            out, _ = await one.communicate(b"x" * 100_000)
            two = await asyncio.create_subprocess_shell("exit 3")
            return len(out), one.returncode, await two.wait()
        assert asyncio.run(main()) == (100_000, 0, 3)
        """,
    "asyncio's servers, TCP and unix": """
        import asyncio
        async def echo(reader, writer): writer.write(await reader.readline()); writer.close()
        async def main():
            for start, connect in (
                (lambda: asyncio.start_server(echo, "127.0.0.1", 8125),
                 lambda: asyncio.open_connection("127.0.0.1", 8125)),
                (lambda: asyncio.start_unix_server(echo, "socket"),
                 lambda: asyncio.open_unix_connection("socket"))):
                async with await start():
                    reader, writer = await connect()
                    writer.write(b"hello\\n"); assert await reader.readline() == b"hello\\n"
                    writer.close(); await writer.wait_closed()
        asyncio.run(main())
        """,
    "UDP": """
        import socket
        a, b = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        a.bind(("127.0.0.1", 0)); b.sendto(b"hello", a.getsockname())
        assert a.recv(10) == b"hello"
        """,
    "names of hosts": """
        import socket
        assert socket.getaddrinfo("localhost", 80)[0][4][0] in ("127.0.0.1", "::1")
        try: socket.getaddrinfo("example.invalid", 80)
        except socket.gaierror: pass
        """,
    "descriptors over a socket": """
        import os, socket
        a, b = socket.socketpair()
        reader, writer = os.pipe()
        socket.send_fds(a, [b"x"], [reader]); os.write(writer, b"hello")
        assert os.read(socket.recv_fds(b, 1, 1)[1][0], 5) == b"hello"
        """,
    "git": """
        import subprocess
        def git(*words): return subprocess.run(["git", *words], check=True, capture_output=True,
                                               text=True).stdout
        git("init", "-q", "repo"); open("repo/a", "w").write("1")
        me = ("-C", "repo", "-c", "user.name=x", "-c", "user.email=x@example.invalid")
        git(*me, "add", "a"); git(*me, "commit", "-qm", "one")
        git("clone", "-q", "repo", "copy"); git(*me, "gc", "-q")
        assert git("-C", "copy", "log", "--format=%s").strip() == "one"
        assert git("-C", "copy", "fsck", "--full") == ""
        """,
    "a shell": """
        import subprocess
        words = "seq 100 | sort -rn | head -1; mkfifo p; (echo hi > p &) ; cat p; sleep 0.1 & wait"
        out = subprocess.run(words, shell=True, check=True, capture_output=True, text=True).stdout
        assert out.split() == ["100", "hi"]
        """,
    "cp, mv, tar, gzip, find": """
        import subprocess
        words = '''set -e; mkdir a; echo one > a/1; cp -a a b; mv b/1 b/2; ln -s 2 b/3; ln b/2 b/4
        tar czf x.tgz a b; mkdir c; tar xzf x.tgz -C c; touch -d 2020-01-01 c/a/1; chmod 600 c/a/1
        find c -type f | wc -l; du -s c >/dev/null; df . >/dev/null; rm -r a b c'''
        out = subprocess.run(words, shell=True, check=True, capture_output=True, text=True).stdout
        assert out.strip() == "3"
        """,
    "files copied with all that belongs to them": """
        import os, pathlib, shutil, tempfile
        os.makedirs("tree/deep"); pathlib.Path("tree/deep/one").write_text("one")
        try: os.setxattr("tree/deep/one", "user.note", b"x")
        except OSError as error: assert error.errno == 95, error
        shutil.copytree("tree", "tree2"); shutil.move("tree2", "tree3"); shutil.rmtree("tree")
        assert pathlib.Path("tree3/deep/one").read_text() == "one"
        with tempfile.TemporaryFile() as file: file.write(b"x")
        """,
    "archives": """
        import pathlib, shutil
        pathlib.Path("d").mkdir(); pathlib.Path("d/x").write_text("x")
        for kind in ("zip", "gztar", "xztar"):
            shutil.unpack_archive(shutil.make_archive("packed", kind, "d"), kind)
            assert pathlib.Path(kind, "x").read_text() == "x"
        """,
    "mmap": """
        import mmap
        with mmap.mmap(-1, 1 << 20) as memory:
            memory[:5] = b"hello"; memory.madvise(mmap.MADV_DONTNEED); memory.resize(1 << 21)
            assert len(memory) == 1 << 21
        """,
    "sendfile and copy_file_range": """
        import os, socket
        open("source", "wb").write(b"x" * 5000)
        source, target = os.open("source", os.O_RDONLY), os.open("target", os.O_RDWR | os.O_CREAT)
        assert os.copy_file_range(source, target, 5000, 0, 0) == 5000
        assert os.sendfile(target, source, 0, 5000) == 5000
        a, b = socket.socketpair(); assert a.sendfile(open("source", "rb")) == 5000
        """,
    "events, timers and signals as files": """
        import ctypes, os, select, signal, time
        poll = select.epoll()
        event = os.eventfd(1); timer = os.timerfd_create(time.CLOCK_MONOTONIC)
        os.timerfd_settime(timer, initial=0.01)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        libc = ctypes.CDLL(None, use_errno=True)
        mask = (ctypes.c_ulong * 16)(); mask[0] = 1 << (signal.SIGUSR1 - 1)
        signals = libc.signalfd(-1, mask, 0); assert signals >= 0, ctypes.get_errno()
        os.kill(os.getpid(), signal.SIGUSR1)
        for descriptor in (event, timer, signals): poll.register(descriptor, select.EPOLLIN)
        time.sleep(0.1)
        assert {fd for fd, _ in poll.poll(1)} == {event, timer, signals}
        assert os.eventfd_read(event) == 1
        """,
    "watching a folder": """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        watch = libc.inotify_init1(0)
        assert watch >= 0 and libc.inotify_add_watch(watch, b".", 0x100) >= 0, ctypes.get_errno()
        open("new-file", "w").close()
        assert b"new-file" in os.read(watch, 4096)
        """,
    "memory as a file": """
        import os
        file = os.memfd_create("x"); os.write(file, b"hello")
        assert open(f"/proc/self/fd/{file}", "rb").read() == b"hello"
        """,
    "random numbers": """
        import os, secrets, uuid
        assert len(os.getrandom(16)) == 16 and secrets.token_bytes(8) and uuid.uuid4()
        """,
    "processors and priorities": """
        import os
        mine = os.sched_getaffinity(0); os.sched_setaffinity(0, {min(mine)})
        assert os.sched_getaffinity(0) == {min(mine)} and os.process_cpu_count() == 1
        assert os.nice(3) == 3
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        """,
    "limits of one's own": """
        import resource as r
        soft, hard = r.getrlimit(r.RLIMIT_NOFILE)
        r.setrlimit(r.RLIMIT_NOFILE, (min(soft, 256), hard))
        assert r.prlimit(0, r.RLIMIT_NOFILE)[0] == min(soft, 256)
        assert r.getrusage(r.RUSAGE_SELF).ru_maxrss > 0
        """,
    "signals and timers of a process": """
        import signal, time
        rang = []
        signal.signal(signal.SIGALRM, lambda *_: rang.append(1))
        signal.setitimer(signal.ITIMER_REAL, 0.02); time.sleep(0.1)
        signal.alarm(1); signal.pause()
        assert len(rang) == 2
        """,
    "a process by its descriptor": """
        import os, select, signal, subprocess
        child = subprocess.Popen(["sleep", "60"])
        descriptor = os.pidfd_open(child.pid); signal.pidfd_send_signal(descriptor, signal.SIGTERM)
        assert select.select([descriptor], [], [], 10)[0] and child.wait() == -signal.SIGTERM
        """,
    "a session and a group of its own": """
        import os, subprocess
        child = subprocess.Popen(["sleep", "60"], start_new_session=True)
        assert os.getpgid(child.pid) == child.pid
        os.killpg(child.pid, 9); child.wait()
        """,
    "a terminal of its own": """
        import os, pty
        a, b = pty.openpty(); os.write(b, b"hello\\n"); assert b"hello" in os.read(a, 100)
        """,
}
LAST_WORDS = "as ever"


@pytest.fixture(scope="module")
def session(docker_sandbox: DockerSandbox, candidate_image: str) -> Iterator[CandidateSession]:
    with CandidateSession(
        docker_sandbox, image=candidate_image, limits=LIMITS, input_bytes=0, run_id="programs"
    ) as one:
        yield one


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_ordinary_program_works(session: CandidateSession, name: str) -> None:
    body = textwrap.indent(textwrap.dedent(PROGRAMS[name]), "    ")
    # A file with a guard, for the processes of `spawn` import it.
    guard = f"if __name__ == '__main__':\n    main()\n    print({LAST_WORDS!r})\n"
    session.clear("submission")
    source = f"def main():\n{body}\n{guard}"
    session.place("submission", [("program.py", source.encode(), False)])
    result = session.run(Command(argv=("python", "program.py"), wall_time_s=120))
    assert result.stdout.decode().endswith(f"{LAST_WORDS}\n"), result.stderr.decode()
    assert result.exit_code == 0
