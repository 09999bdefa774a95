"""Runs the candidate's parity test beside online paths of ours."""

from stand_ins import stand_in

COMMAND = ["env", "PYTHONDONTWRITEBYTECODE=1", "python", "parity_test.py", "--data", "{data}"]
TIMEOUT_S = 10.0
RIGHT = "right"
OWN = "own"


class ParityBench:
    """Keeps what became of each run; the candidate's own online.py is put back after each."""

    def __init__(self, candidate) -> None:
        self._candidate = candidate
        self._runs: dict[str, object] = {}

    def run(self, name: str):
        """Return the run of the parity test beside the online path of this name."""
        if name not in self._runs:
            self._runs[name] = self._once(name)
        return self._runs[name]

    def _once(self, name: str):
        if name == OWN:
            return self._candidate.run(COMMAND, scenario="fresh", timeout_s=TIMEOUT_S)
        own = self._candidate.fetch("online.py", scenario="fresh")
        assert own is not None, "there is no online.py in the submission's root"
        self._candidate.put("online.py", stand_in(name), scenario="fresh")
        try:
            return self._candidate.run(COMMAND, scenario="fresh", timeout_s=TIMEOUT_S)
        finally:
            self._candidate.put("online.py", own, scenario="fresh")

    def expect_pass(self, name: str, what: str) -> None:
        done = self.run(name)
        assert done.finished, f"the parity test fails beside {what} ({words(done)})"

    def noticed(self, name: str) -> bool:
        """Return whether the parity test ended by itself and said no."""
        done = self.run(name)
        return done.exit_kind == "exited" and done.exit_code != 0

    def expect_noticed(self, names: list[str]) -> int:
        """Insist that the test passes on what is right and fails on each of these; return how many."""
        self.expect_pass(RIGHT, "an online path that is right")
        missed = [name for name in names if not self.noticed(name)]
        assert not missed, f"{len(missed)} of {len(names)} wrong online paths pass the parity test: {', '.join(missed)}"
        return len(names)


def words(done) -> str:
    how = f"exit code {done.exit_code}" if done.exit_kind == "exited" else done.exit_kind
    return f"{how}: {(done.stderr or done.stdout).strip()[-300:]}"
