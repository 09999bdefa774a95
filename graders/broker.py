"""Answers what hidden tests ask of live candidate code: the only way from one side to the other.

Questions come from the grade container and are trusted in form; whatever the candidate does is a
value in the answer. Only a failure of the machine is an exception.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from graders.calls import Caller, CallOutcome, CallRequest, CallState
from graders.errors import GraderError
from graders.evidence import ExitKind
from graders.session import SUBMISSION, CandidateSession, Command, CommandResult, SpoiledError
from sandbox.model import MIB
from tasks.manifest import expand_command

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from graders.recorded import Recorder, Recording
    from sandbox.frames import Frame

MAX_TIMEOUT_S: Final = 300.0
MAX_LIVE_S: Final = 1800.0
"""For all live code of one grading together; it is on no clock of the hidden tests' author."""
MAX_FETCH_BYTES: Final = 64 * MIB
MAX_CALLS: Final = 100_000
"""Calls in one frame."""
MAX_CALLERS: Final = 6
"""Containers for calls in one scenario: a submission whose code ends the process again and again
gets no more of them."""

Answer = tuple[dict[str, object], bytes]


class Broker:
    """Holds the live candidate containers of one grading and speaks for them."""

    def __init__(self, recorder: Recorder, recording: Recording) -> None:
        self._recorder = recorder
        self._recording = recording
        self._sessions: dict[str, CandidateSession] = {}
        self._callers: dict[str, list[Caller]] = {}
        self.seconds = 0.0
        """Spent on answers so far."""
        self._answers: Mapping[str, Callable[[Mapping[str, object], bytes], Answer]] = {
            "run": self._run,
            "call": self._call,
            "put": self._put,
            "fetch": self._fetch,
            "kill": self._kill,
            "restart": self._restart,
            "stats": self._stats,
            "service_start": self._service_start,
            "service_kill": self._service_kill,
        }

    def open_service_session(self) -> CandidateSession | None:
        """Return the container that the service starts in, or None where its run did not finish."""
        service = self._recorder.task.manifest.service
        if service is None:
            return None
        if service.continues is not None:
            run = self._recording.run_named(service.continues)
            return self._recording.live if run is not None and run.finished else None
        return self._session("public")

    def answer(self, question: Frame) -> Answer:
        """Return header and body of the answer.

        Raises:
            GraderError: the hidden tests' side asked something that is no question.
            SandboxError: the machine failed.
        """
        op = str(question.header.get("op"))
        if op not in self._answers:
            raise GraderError(f"The hidden tests' side asked for {op!r}.")
        self._recording.asked_live = True
        started = time.monotonic()
        try:
            header, body = self._answers[op](question.header, question.body)
        except SpoiledError as error:
            header, body = self._spoiled(op, str(error)), b""
        self.seconds += time.monotonic() - started
        return {**header, "t": "answer", "id": question.header.get("id")}, body

    def close(self) -> None:
        """End the containers that were opened for questions."""
        for session in self._sessions.values():
            session.end()
        self._sessions.clear()
        for callers in self._callers.values():
            _end_last(callers)
        self._callers.clear()

    def _session(self, scenario: str) -> CandidateSession:
        """Return a live container with this scenario's data; a service has but one."""
        live = self._recording.live
        if live is not None and live.out_of_memory:
            raise SpoiledError(live.memory_words)
        if live is not None and not live.ended:
            return live
        found = self._sessions.get(scenario)
        if found is None or found.ended:
            found = self._sessions[scenario] = self._recorder.open_session(scenario)
        return found

    def _scenario(self, header: Mapping[str, object]) -> str:
        scenario = str(header.get("scenario", "public"))
        if scenario not in self._recorder.data.public:
            raise GraderError(f"The hidden tests asked for the unknown scenario {scenario!r}.")
        return scenario

    def _of(self, header: Mapping[str, object]) -> CandidateSession:
        return self._session(self._scenario(header))

    def _at_most(self, seconds: float) -> float:
        return max(0.0, min(float(seconds), MAX_TIMEOUT_S, MAX_LIVE_S - self.seconds))

    def _call(self, header: Mapping[str, object], body: bytes) -> Answer:
        first, count = header.get("first"), header.get("count")
        timeout_s, total_s = header.get("timeout_s"), header.get("total_s")
        if not isinstance(first, int) or not isinstance(count, int) or not 0 < count <= MAX_CALLS:
            raise GraderError(f"candidate.call() takes 1 to {MAX_CALLS} calls in one go.")
        if not isinstance(timeout_s, int | float) or not isinstance(total_s, int | float):
            raise GraderError("candidate.call() needs seconds.")
        request = CallRequest(
            function=str(header.get("function")),
            ids=range(first, first + count),
            frames=body,
            timeout_s=self._at_most(timeout_s),
            total_s=self._at_most(total_s),
        )
        caller = self._caller(self._scenario(header))
        if caller is None:
            words = f"the process for calls ended {MAX_CALLERS} times and was not started again"
            outcomes = [CallOutcome(state=CallState.NOT_REACHED, words=words)] * count
        else:
            outcomes = caller.call(request)
            if any(outcome.state is CallState.VIOLATION for outcome in outcomes):
                name = request.function[:80]
                self._recording.ledger.add(f"a call of `{name}` was answered out of protocol")
        rows = [[o.state.value, o.words, o.seconds, len(o.head), len(o.body)] for o in outcomes]
        return {"calls": rows}, b"".join(part for o in outcomes for part in (o.head, o.body))

    def _caller(self, scenario: str) -> Caller | None:
        """Return a process for calls, in a container of its own, with this scenario's data."""
        callers = self._callers.setdefault(scenario, [])
        if callers and callers[-1].usable:
            return callers[-1]
        if len(callers) == MAX_CALLERS:
            return None
        session = self._recorder.open_session(scenario)
        with ExitStack() as on_failure:
            on_failure.push(session)
            callers.append(Caller(session))
            on_failure.pop_all()
        return callers[-1]

    def _run(self, header: Mapping[str, object], body: bytes) -> Answer:
        argv, timeout_s = header.get("argv"), header.get("timeout_s")
        if not isinstance(argv, list) or not isinstance(timeout_s, int | float):
            raise GraderError("candidate.run() needs a list of words and seconds.")
        words = expand_command(
            tuple(map(str, argv)), {"data": "/work/data", "out": "out", "port": str(self._port())}
        )
        command = Command(
            argv=words,
            wall_time_s=self._at_most(timeout_s),
            env={"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"},
            stdin=body,
        )
        result = self._of(header).run(command)
        return _run_words(result), result.stdout + result.stderr

    def _put(self, header: Mapping[str, object], body: bytes) -> Answer:
        session = self._of(header)
        session.place(SUBMISSION, [(str(header.get("path")), body, False)])
        return {}, b""

    def _fetch(self, header: Mapping[str, object], _body: bytes) -> Answer:
        (item,) = self._of(header).collect([(str(header.get("path")), MAX_FETCH_BYTES)])
        return {"state": item.state, "size": item.size}, item.content

    def _kill(self, header: Mapping[str, object], _body: bytes) -> Answer:
        self._of(header).ask({"op": "kill"})
        return {}, b""

    def _restart(self, header: Mapping[str, object], _body: bytes) -> Answer:
        """Give fresh containers where there is no service to lose."""
        _end_last(self._callers.pop(self._scenario(header), []))
        if self._recorder.task.manifest.service is not None:
            return self._service_start(header, b"")
        self._of(header).end()
        self._of(header)
        return {}, b""

    def _stats(self, header: Mapping[str, object], _body: bytes) -> Answer:
        session = self._of(header)
        usage = session.container.usage()
        status = session.ask({"op": "status"})
        return {
            "memory_bytes": usage.memory_bytes,
            "memory_peak_bytes": usage.memory_peak_bytes,
            "cpu_time_s": usage.cpu_time_s,
            "running": status.header.get("running") is True,
            "exit_code": status.header.get("code"),
            "signal": status.header.get("signal"),
            "output": status.body[-4000:].decode("utf-8", "replace"),
        }, b""

    def _service_start(self, _header: Mapping[str, object], _body: bytes) -> Answer:
        service = self._recorder.task.manifest.service
        session = self.open_service_session()
        if service is None:
            raise GraderError("The task has no [service].")
        if session is None or session.ended:
            return {"state": "not_started", "reason": self._why_no_service()}, b""
        places = {"data": "/work/data", "out": "out", "port": str(service.port)}
        answer = session.ask(
            {
                "op": "spawn",
                "argv": list(expand_command(service.command, places)),
                "cwd": SUBMISSION,
                "env": {"OMP_NUM_THREADS": "1"},
            }
        )
        # A command that cannot be started is the candidate's: the service will not get ready.
        return {"state": "started", "reason": str(answer.header.get("reason", ""))}, b""

    def _spoiled(self, op: str, words: str) -> dict[str, object]:
        """Return what there is to answer where the candidate's code has spoiled its container."""
        match op:
            case "run":
                return {"exit_kind": ExitKind.OUT_OF_MEMORY.value, "exit_code": None,
                        "wall_time_s": 0.0, "stdout_bytes": 0}  # fmt: skip
            case "fetch":
                return {"state": "unreadable", "size": 0}
            case "stats":
                limit = self._recorder.limits.memory_bytes
                gone = {"running": False, "exit_code": None, "signal": None, "output": words}
                usage = {"memory_bytes": limit, "memory_peak_bytes": limit, "cpu_time_s": 0.0}
                return {**usage, **gone}
            case "put":
                return {"refused": words}
            case "service_start" | "restart":
                return {"state": "not_started", "reason": words}
            case _:
                return {}

    def _why_no_service(self) -> str:
        if self._recording.live is not None and self._recording.live.out_of_memory:
            return self._recording.live.memory_words
        service = self._recorder.task.manifest.service
        name = service.continues if service and service.continues else "public"
        run = self._recording.run_named(name)
        if run is None:
            return f"the run `{name}` was not started"
        how = run.exit_kind if run.exit_kind is not ExitKind.EXITED else f"exited {run.exit_code}"
        return f"the run `{name}` that the service continues did not finish: {how}"

    def _service_kill(self, _header: Mapping[str, object], _body: bytes) -> Answer:
        session = self.open_service_session()
        if session is not None and not session.ended:
            session.ask({"op": "kill"})
        return {}, b""

    def _port(self) -> int:
        service = self._recorder.task.manifest.service
        return service.port if service else 0


def _end_last(callers: list[Caller]) -> None:
    """End the caller that may still live; those before it have ended."""
    if callers:
        callers[-1].end()


def _run_words(result: CommandResult) -> dict[str, object]:
    return {
        "exit_kind": result.exit_kind.value,
        "exit_code": result.exit_code,
        "wall_time_s": result.wall_time_s,
        "stdout_bytes": len(result.stdout),
    }
