"""Replaying nights in a live container of the candidate's, with kills where a check asks for them."""

import json
from pathlib import Path

from nights import FILES, NIGHTS

HERE = Path(__file__).parent
FOLDER = ".nights"
MOMENTS = [*range(1, 13), 14, 16, 19, 23, 28, 34, 41, 50, 61, 75, 92, 113, 138]
"""At which moment of the first run, of the second, and so on: each finds what the one before left."""
TIMEOUT_S = 200.0


class LiveNights:
    """One state folder, from the first night on; each scenario is a container of its own."""

    def __init__(self, candidate, truth, scenario: str) -> None:
        self._candidate, self._truth, self._scenario = candidate, truth, scenario
        self.kills = 0
        for name, source in [("drive.py", "drive.py"), ("hook/sitecustomize.py", "kill_hook.py")]:
            candidate.put(f"{FOLDER}/{name}", (HERE / source).read_bytes(), scenario=scenario)

    def run(self, number: int, *, kill: bool = False) -> dict[str, bytes | None]:
        """Run the night of this number, counted from 0, and return its files."""
        folder = self._truth.public(f"night_{number + 1:02d}") / "drop"
        files = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}
        drop = f"/tmp/landing/{NIGHTS[number]}"
        command = ["python", "nightly.py", "run", "--night", NIGHTS[number], "--drop", drop]
        command += ["--reference", "/work/data", "--state", "state", "--out", "out"]
        job = {"drop": drop, "files": files, "command": command}
        job["moments"] = MOMENTS if kill else []
        done = self._candidate.run(
            ["python", "-I", f"{FOLDER}/drive.py"],
            scenario=self._scenario,
            timeout_s=TIMEOUT_S,
            stdin=json.dumps(job).encode(),
        )
        assert done.finished, (
            f"The night {NIGHTS[number]}, with what reruns it took, did not end within"
            f" {TIMEOUT_S:g} s or its container's limits ({done.exit_kind}): {done.stderr[-300:]}"
        )
        told = json.loads(done.stdout)
        self.kills += told["kills"]
        how = f"after {told['kills']} kills " if told["kills"] else ""
        assert told["code"] == 0, (
            f"The night {NIGHTS[number]} ended {how}with code {told['code']}: {told['words']}"
        )
        return {path: self._candidate.fetch(path, scenario=self._scenario) for path in FILES}


def differing(got: dict[str, bytes | None], deliverables, number: int) -> list[str]:
    """Return which files of a night are not those of the undisturbed recorded run."""
    run = f"night_{number + 1:02d}"
    return [path for path in FILES if got[path] != deliverables.bytes(run, path)]
