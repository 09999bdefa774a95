"""The same work without worksample: what a home-made script would type.

For each chain of recorded runs one ``docker run --rm`` of the candidates' image: folders
bind-mounted, one shell that runs the task's commands one after the other with the same environment
variables. No guest, no read-only root, no dropped rights, no records; no limits, unless asked for.
``--network none``: the network of a plain ``docker run`` takes a fifth of a second, and the work
needs none. A notebook is run by four lines of nbclient. Then the hidden tests in one
``docker run --rm`` of the grade image, everything bind-mounted: the same pytest, plugin and
fixtures (``graders/inside``), fed a ``job.json`` of the same form; the verdict comes by stdout.

For a service the shell of the training container stays, and starts and kills the service when told
so on its stdin; the hidden tests' container joins its network, and their questions (start, kill,
stats, fetch, put) are answered by a few lines, from the mounted folder and the kernel's counters.

The candidate's data, the truth and the scripts lie on the disk before the clock starts; the copy of
the submission is on the clock.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from benchmarks import meters
from benchmarks.meters import Sample, Stopwatch, measured
from graders import writeup as writeups
from graders.guests import grader_sources
from graders.notebook import rebuild
from graders.recorded import Recorder
from graders.session import ENVIRONMENT
from sandbox.cgroup import read_usage
from sandbox.frames import FrameDecoder, encode
from sandbox.model import Limits
from tasks.manifest import expand_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from graders.material import GradingImages, VariantData
    from runner.workshop import Workshop
    from sandbox.frames import Frame
    from tasks.model import Run, Task

NONCE: Final = "0" * 32
_NOTEBOOK: Final = """
import sys, nbclient, nbformat
notebook = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(notebook, timeout=None, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[2])
"""
_JUDGE: Final = (
    'import sys; sys.path.insert(0, "/work/grader"); import wire; channel = wire.take_stdio(); '
    "import judging; judging.judge(channel)"
)
_CPU: Final = """
cat /sys/fs/cgroup/cpuacct/cpuacct.usage > {0} 2>/dev/null || \\
    sed -n 's/^usage_usec \\(.*\\)/\\1000/p' /sys/fs/cgroup/cpu.stat > {0}
"""
_PEAK: Final = """
cat /sys/fs/cgroup/memory/memory.max_usage_in_bytes > {0} 2>/dev/null || \\
    cat /sys/fs/cgroup/memory.peak > {0} 2>/dev/null || echo 0 > {0}
"""
_SERVE: Final = """
while read word; do
    case $word in
    start) {command} > /bench/service.log 2>&1 < /dev/null & pid=$!; echo started;;
    kill) {{ kill -9 $pid; wait $pid; }} 2> /dev/null; echo killed;;
    status) kill -0 $pid 2>/dev/null && echo running || echo ended;;
    end) {{ kill -9 $pid; wait $pid; }} 2> /dev/null; break;;
    esac
done
"""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What lies ready before the clock starts."""

    task: Task
    images: GradingImages
    source: Path
    data: VariantData
    folder: Path
    recorder: Recorder
    network: str = "none"
    limited: bool = False


def prepare(
    workshop: Workshop,
    task: Task,
    source: Path,
    data: VariantData,
    folder: Path,
) -> Prepared:
    """Write the variant's data and the grade container's scripts to the disk."""
    for side, scenarios in (("public", data.public), ("truth", data.truth)):
        for scenario, files in scenarios.items():
            place = folder / side / scenario
            place.mkdir(parents=True)
            for path, content in files.items():
                (place / path).parent.mkdir(parents=True, exist_ok=True)
                (place / path).write_bytes(content)
    (folder / "grader").mkdir()
    for name, content in grader_sources().items():
        (folder / "grader" / name).write_bytes(content)
    recorder = Recorder(
        sandbox=workshop.sandbox,
        task=task,
        images=workshop.images,
        limits=Limits(**task.limits.model_dump()),
        files=(),
        notebook=None,
        data=data,
        run_id="bench",
    )
    return Prepared(
        task=task,
        images=workshop.images,
        source=source,
        data=data,
        folder=folder,
        recorder=recorder,
    )


def do_the_work(prepared: Prepared, number: int, *, checks: bool = True) -> Sample:
    """Do the work once; without ``checks`` the candidate's commands alone."""
    sample = Sample()
    with measured(sample) as watch:
        work = _Work(prepared, prepared.folder / f"bare-{number}", sample, watch)
        work.do(checks=checks)
    return sample


class _Work:
    """One repetition."""

    def __init__(self, prepared: Prepared, folder: Path, sample: Sample, watch: Stopwatch) -> None:
        self._prepared, self._folder, self._sample, self._watch = prepared, folder, sample, watch
        self._runs: list[dict[str, object]] = []
        self._blobs = folder / "blobs"

    def do(self, *, checks: bool) -> None:
        """Record the runs, then run the hidden tests."""
        self._blobs.mkdir(parents=True)
        task = self._prepared.task
        service = task.manifest.service
        for chain in chains(task.manifest.runs):
            names = {run.name for run in chain}
            stays = checks and service is not None and service.continues in names
            place = self._copy(chain)
            if stays:
                self._serve(chain, place)
                return
            with self._watch.phase(meters.COMMANDS):
                began = time.time()
                subprocess.run(
                    self._docker_run(chain, place, []), check=True, stdout=subprocess.DEVNULL
                )
                self._split(place, began, time.time())
            self._take(chain, place)
        if checks:
            self._check([], None)

    def _copy(self, chain: Sequence[Run]) -> Path:
        with self._watch.phase(meters.INTAKE):
            place = self._folder / chain[0].name
            shutil.copytree(self._prepared.source, place / "submission")
            (place / "submission" / "out").mkdir(exist_ok=True)
            (place / "bench").mkdir()
            (place / "bench" / "notebook.py").write_text(_NOTEBOOK)
            (place / "bench" / "main.sh").write_text(self._script(chain))
        return place

    def _script(self, chain: Sequence[Run]) -> str:
        service = self._prepared.task.manifest.service
        lines = ["date +%s%N > /bench/start"]
        for run in chain:
            command = self._prepared.recorder.command_of(run)
            words = (
                ["python", "/bench/notebook.py", self._notebook_path(), "/bench/executed.ipynb"]
                if run.command is None
                else command.argv
            )
            lines += [
                f"date +%s%N > /bench/{run.name}.start",
                f"{_with(command.env, words)} > /bench/{run.name}.out 2> /bench/{run.name}.err",
                f"echo $? > /bench/{run.name}.code; date +%s%N > /bench/{run.name}.end",
                _PEAK.format(f"/bench/{run.name}.peak"),
            ]
            if len(chain) > 1:
                lines.append(f"cp -r out /bench/{run.name}.files")
        if service is not None:
            argv = expand_command(
                service.command, {"data": "/work/data", "out": "out", "port": str(service.port)}
            )
            command_line = _with({"OMP_NUM_THREADS": "1"}, argv)
            lines += ["echo trained", _SERVE.format(command=command_line)]
        return "\n".join([*lines, "date +%s%N > /bench/end", _CPU.format("/bench/cpu")])

    def _notebook_path(self) -> str:
        notebook = self._prepared.task.manifest.notebook
        return notebook.path if notebook else ""

    def _docker_run(self, chain: Sequence[Run], place: Path, more: Sequence[str]) -> list[str]:
        data = self._prepared.folder / "public" / chain[0].scenario
        env = {**ENVIRONMENT, "HOME": "/tmp"}
        limits = self._prepared.task.limits
        if self._prepared.limited:
            more = [*more, f"--cpus={limits.cpus}", f"--memory={limits.memory_bytes}"]
        return [
            "docker", "run", "--rm", f"--user={os.getuid()}:{os.getgid()}",
            f"--network={self._prepared.network}", *more,
            *(f"--env={name}={value}" for name, value in env.items()),
            f"--volume={place}/submission:/work/submission", f"--volume={place}/bench:/bench",
            f"--volume={data}:/work/data:ro", "--workdir=/work/submission",
            self._prepared.images.candidate, "sh", "/bench/main.sh",
        ]  # fmt: skip

    def _split(self, place: Path, began: float, ended: float) -> None:
        """Tell a container's start and end from what ran in it."""
        bench = place / "bench"
        start_s, end_s = _clock(bench / "start") - began, ended - _clock(bench / "end")
        self._watch.move(meters.COMMANDS, meters.START_CANDIDATE, start_s)
        self._watch.move(meters.COMMANDS, meters.END, end_s)
        self._sample.candidate_cpu_s += int((bench / "cpu").read_text()) / 1e9

    def _take(self, chain: Sequence[Run], place: Path) -> None:
        """Read what the runs of a chain left behind."""
        with self._watch.phase(meters.COLLECT):
            self._runs += [self._run_facts(run, place, kept=len(chain) > 1) for run in chain]

    def _run_facts(self, run: Run, place: Path, *, kept: bool) -> dict[str, object]:
        prefix = place / "bench" / run.name

        def said(ending: str) -> str:
            return prefix.with_name(f"{run.name}.{ending}").read_text()

        deliverables: dict[str, object] = {}
        for wanted in self._prepared.task.run_deliverables:
            file = place / "submission" / wanted.path
            if kept:
                file = place / "bench" / f"{run.name}.files" / Path(wanted.path).relative_to("out")
            deliverables[wanted.path] = self._blob(file)
        code = int(said("code"))
        return {
            "name": run.name,
            "scenario": run.scenario,
            "exit_kind": "exited",
            "exit_code": code,
            "detail": "",
            "wall_time_s": (int(said("end")) - int(said("start"))) / 1e9,
            "cpu_time_s": 0.0,
            "memory_peak_bytes": int(said("peak")),
            "stdout": said("out"),
            "stderr": said("err"),
            "deliverables": deliverables,
            "cells": _cells(place / "bench" / "executed.ipynb") if run.command is None else [],
        }

    def _blob(self, file: Path) -> list[object]:
        if not file.is_file():
            return ["missing", 0, None, None]
        content = file.read_bytes()
        name = hashlib.sha256(content).hexdigest()
        (self._blobs / name).write_bytes(content)
        return ["ok", len(content), name, name]

    def _serve(self, chain: Sequence[Run], place: Path) -> None:
        """Train, leave the shell waiting for words, run the hidden tests beside it."""
        began = time.time()
        identity = place / "cid"
        arguments = self._docker_run(chain, place, ["-i", f"--cidfile={identity}"])
        with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shell:
            try:
                with self._watch.phase(meters.COMMANDS):
                    _expect(shell, "trained")
                start_s = _clock(place / "bench" / "start") - began
                self._watch.move(meters.COMMANDS, meters.START_CANDIDATE, start_s)
                self._take(chain, place)
                self._check([f"--network=container:{identity.read_text()}"], (shell, place))
                with self._watch.phase(meters.END):
                    _tell(shell, "end")
                    shell.wait(30)
            except BaseException:
                subprocess.run(["docker", "rm", "-f", identity.read_text()], check=False)
                raise
        self._sample.candidate_cpu_s += int((place / "bench" / "cpu").read_text()) / 1e9

    def _check(
        self, network: Sequence[str], served: tuple[subprocess.Popen[bytes], Path] | None
    ) -> None:
        """Run the hidden tests and take their verdict."""
        with self._watch.phase(meters.FILL_GRADE):
            bench = self._folder / "bench"
            bench.mkdir()
            (self._folder / "job.json").write_text(json.dumps(self._job()))
        verdict: dict[str, Any] = {}
        with self._watch.phase(meters.IMPORTS):
            began = time.time()
            arguments = self._docker_run_grade(bench, network)
            with (
                (bench / "pytest.txt").open("wb") as said,
                subprocess.Popen(
                    arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said
                ) as grade,
            ):
                for frame in _frames(_pipe(grade.stdout)):
                    if frame.header["t"] == "verdict":
                        verdict = json.loads(frame.body)
                        _pipe(grade.stdin).close()
                    elif served is not None:
                        header, body = _answer(frame, *served)
                        answer = {**header, "t": "answer", "id": frame.header["id"]}
                        _pipe(grade.stdin).write(encode(answer, body))
                        _pipe(grade.stdin).flush()
            ended = time.time()
        checks_s = sum(row["duration_s"] for row in verdict["checks"])
        self._watch.move(meters.IMPORTS, meters.START_GRADE, _clock(bench / "start") - began)
        self._watch.move(meters.IMPORTS, meters.END, ended - _clock(bench / "end"))
        self._watch.move(meters.IMPORTS, meters.CHECKS, checks_s)
        self._sample.grade_cpu_s += int((bench / "cpu").read_text()) / 1e9
        self._sample.outcomes = {row["id"]: row["outcome"] for row in verdict["checks"]}

    def _docker_run_grade(self, bench: Path, network: Sequence[str]) -> list[str]:
        ready, hidden = self._prepared.folder, self._prepared.task.path / "hidden_tests"
        main = f"python -I -c '{_JUDGE}'"
        script = f"date +%s%N > /bench/start; {main}; date +%s%N > /bench/end; "
        return [
            "docker", "run", "--rm", "-i", f"--user={os.getuid()}:{os.getgid()}",
            *(network or [f"--network={self._prepared.network}"]),
            "--env=HOME=/tmp", "--env=OMP_NUM_THREADS=1",
            f"--volume={bench}:/bench", f"--volume={hidden}:/work/hidden:ro",
            *(f"--volume={ready}/{name}:/work/{name}:ro" for name in ("public", "truth", "grader")),
            f"--volume={self._blobs}:/work/blobs:ro",
            f"--volume={self._folder}/job.json:/work/job.json:ro", "--workdir=/work",
            self._prepared.images.grade, "sh", "-c", script + _CPU.format("/bench/cpu"),
        ]  # fmt: skip

    def _job(self) -> dict[str, object]:
        task = self._prepared.task
        service = task.manifest.service
        claims, answers = self._said()
        keys = ("port", "ready_path", "ready_timeout_s")
        return {
            "nonce": NONCE,
            "expected": {check.id: check.file for check in task.checks},
            "runs": self._runs,
            "not_started": {},
            "handed_in": {
                wanted.path: self._blob(self._prepared.source / wanted.path)
                for wanted in task.submitted_deliverables
            },
            "upstream": {},
            "claims": claims,
            "answers": answers,
            "service": {key: getattr(service, key) for key in keys} if service else None,
        }

    def _said(self) -> tuple[dict[str, float], dict[str, str]]:
        """Return the write-up's claims and answers."""
        written = self._prepared.source / "WRITEUP.md"
        if written.exists():
            parsed = writeups.parse(written.read_text())
        else:
            notebook = rebuild((self._prepared.source / self._notebook_path()).read_bytes())
            parsed = writeups.parse(writeups.from_cells(notebook.markdown))
        matched = writeups.match(parsed, self._prepared.task.rubric.prompts, source="")
        return dict(parsed.claims), {one.prompt: one.answer for one in matched.answers}


def chains(runs: Sequence[Run]) -> list[list[Run]]:
    """Group the runs that share a container."""
    found: list[list[Run]] = []
    for run in runs:
        home = [one for one in found if run.continues in {member.name for member in one}]
        if home:
            home[0].append(run)
        else:
            found.append([run])
    return found


def _answer(
    question: Frame, shell: subprocess.Popen[bytes], place: Path
) -> tuple[dict[str, object], bytes]:
    file = place / "submission" / str(question.header.get("path", ""))
    match question.header["op"]:
        case "service_start" | "restart":
            _tell(shell, "start")
            _expect(shell, "started")
            return {"state": "started", "reason": ""}, b""
        case "service_kill" | "kill":
            _tell(shell, "kill")
            _expect(shell, "killed")
            return {}, b""
        case "put":
            file.write_bytes(question.body)
            return {}, b""
        case "fetch":
            content = file.read_bytes()
            return {"state": "ok", "size": len(content)}, content
        case "stats":
            _tell(shell, "status")
            usage = read_usage((place / "cid").read_text())
            return {
                "memory_bytes": usage.memory_bytes if usage else 0,
                "memory_peak_bytes": usage.memory_peak_bytes if usage else 0,
                "cpu_time_s": usage.cpu_time_s if usage else 0.0,
                "running": _pipe(shell.stdout).readline() == b"running\n",
                "exit_code": None,
                "output": "",
            }, b""
        case other:
            raise RuntimeError(f"The stand-in does not know {other!r}.")


def _cells(executed: Path) -> list[dict[str, object]]:
    cells = json.loads(executed.read_text())["cells"]
    found: list[dict[str, object]] = []
    for index, cell in enumerate(cells):
        if cell["cell_type"] == "code":
            texts = ["".join(one["text"]) for one in cell["outputs"] if "text" in one]
            found.append(
                {
                    "index": index,
                    "source": "".join(cell["source"]),
                    "text": "\n".join(texts),
                    "error": None,  # nbclient would have raised
                    "seconds": 0.0,
                }
            )
    return found


def _frames(stream: IO[bytes]) -> Iterator[Frame]:
    decoder = FrameDecoder(max_body_bytes=1 << 28)
    while data := os.read(stream.fileno(), 1 << 18):
        yield from decoder.feed(data)


def _tell(shell: subprocess.Popen[bytes], word: str) -> None:
    _pipe(shell.stdin).write(f"{word}\n".encode())
    _pipe(shell.stdin).flush()


def _expect(shell: subprocess.Popen[bytes], word: str) -> None:
    line = _pipe(shell.stdout).readline().decode().strip()
    if line != word:
        raise RuntimeError(f"The shell said {line!r}, not {word!r}.")


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def _with(env: Mapping[str, str], words: Sequence[str]) -> str:
    values = [f"{name}={shlex.quote(value)}" for name, value in env.items()]
    return " ".join([*values, shlex.join(words)])


def _clock(file: Path) -> float:
    return int(file.read_text()) / 1e9
