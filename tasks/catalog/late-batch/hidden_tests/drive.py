"""Runs one night in the candidate's container: lays the drop out, runs the job, kills it at the moments
asked for and runs it again until it ends by itself, takes the drop away. Says on stdout how it went.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

HOOK = pathlib.Path(__file__).parent / "hook"


def run(command, moment):
    """Return exit code and the last words on stderr; at moment 0 nobody kills it."""
    environment = {**os.environ, "KILL_AT_MOMENT": str(moment), "PYTHONDONTWRITEBYTECODE": "1"}
    if moment:
        folders = [str(HOOK), environment.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, folders))
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        check=False,
    )
    return done.returncode, done.stderr[-400:].decode("utf-8", "replace")


def main():
    job = json.load(sys.stdin)
    drop = pathlib.Path(job["drop"])
    shutil.rmtree(drop, ignore_errors=True)
    drop.mkdir(parents=True)
    for name, text in job["files"].items():
        (drop / name).write_bytes(text.encode())
    kills = 0
    for moment in [*job["moments"], 0]:
        code, words = run(job["command"], moment)
        if not (moment and code == -signal.SIGKILL):
            break
        kills += 1
    shutil.rmtree(drop, ignore_errors=True)
    print(json.dumps({"kills": kills, "code": code, "words": words}))


if __name__ == "__main__":
    main()
