"""Replaying nights in a live container of the candidate's, with kills where a check asks for them."""

import json
from dataclasses import dataclass
from pathlib import Path

from nights import FILES, NIGHTS, RUNS

HERE = Path(__file__).parent
FOLDER = ".nights"
MOMENTS = [*range(1, 13), 14, 16, 19, 23, 28, 34, 41, 50, 61, 75, 92, 113, 138]
"""At which moment of the first run, of the second, and so on: each finds what the one before left."""
TIMEOUT_S = 240.0


@dataclass(frozen=True)
class Step:
    """One night of a replay."""

    number: int
    """Of the night, from 0."""
    kill: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a step left."""

    number: int
    kills: int
    files: dict[str, bytes | None]

    @property
    def night(self) -> str:
        return NIGHTS[self.number]

    def differing(self, deliverables) -> list[str]:
        """Return which files are not those of the recorded run of this night."""
        run = RUNS[self.number]
        return [path for path in FILES if self.files[path] != deliverables.bytes(run, path)]


def replay(candidate, truth, scenario: str, steps: list[Step]) -> list[Outcome]:
    """Play the steps over one state folder; fail the check if one does not end well.

    The container of the scenario must be a fresh one.
    """
    for name, source in [("drive.py", "drive.py"), ("hook/sitecustomize.py", "kill_hook.py")]:
        candidate.put(f"{FOLDER}/{name}", (HERE / source).read_bytes(), scenario=scenario)
    drops = {NIGHTS[number]: drop_of(truth, number) for number in {step.number for step in steps}}
    plan = {"drops": drops, "files": FILES, "steps": [words_of(step) for step in steps]}
    done = candidate.run(
        ["python", "-I", f"{FOLDER}/drive.py"],
        scenario=scenario,
        timeout_s=TIMEOUT_S,
        stdin=json.dumps(plan).encode(),
    )
    raw = candidate.fetch(f"{FOLDER}/results.json", scenario=scenario) if done.finished else None
    assert raw is not None, (
        f"A replay of {len(steps)} nights, with the reruns that kills took, did not end within"
        f" {TIMEOUT_S:g} s or its container's limits ({done.exit_kind}): {done.stderr[-300:]}"
    )
    outcomes = []
    for step, told in zip(steps, json.loads(raw), strict=False):
        how = f"after {told['kills']} kills " if told["kills"] else ""
        assert told["code"] == 0, (
            f"The night {NIGHTS[step.number]} ended {how}with code {told['code']}: {told['words']}"
        )
        files = {
            path: None if text is None else text.encode("latin-1")
            for path, text in told["files"].items()
        }
        outcomes.append(Outcome(step.number, told["kills"], files))
    return outcomes


def drop_of(truth, number: int) -> dict[str, str]:
    folder = truth.public(RUNS[number]) / "drop"
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}


def words_of(step: Step) -> dict:
    """Return a step as `drive.py` takes it."""
    night = NIGHTS[step.number]
    drop = f"/tmp/landing/{night}"
    command = ["python", "nightly.py", "run", "--night", night, "--drop", drop]
    command += ["--reference", "/work/data", "--state", "state", "--out", "out"]
    moments = MOMENTS if step.kill else []
    return {"night": night, "drop": drop, "command": command, "moments": moments}
