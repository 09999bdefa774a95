"""Replays nights in the candidate's container: for each lays the drop out, runs the job, kills it at the
moments asked for and runs it again until it ends by itself, keeps its files and takes the drop away.

The plan comes on stdin; `results.json` beside this file says how each night went, up to the first that
did not end well. Files are text in Latin-1, which any bytes are.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
MAX_BYTES = 4 << 20


def run(command, moment):
    """Return exit code and the last words on stderr; at moment 0 nobody kills it."""
    environment = {**os.environ, "KILL_AT_MOMENT": str(moment), "PYTHONDONTWRITEBYTECODE": "1"}
    if moment:
        folders = [str(HERE / "hook"), environment.get("PYTHONPATH", "")]
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


def content(path):
    """Return a file's text, None where there is no file."""
    if not path.is_file() or path.stat().st_size > MAX_BYTES:
        return None
    return path.read_bytes().decode("latin-1")


def play(step, drops, wanted):
    """Run one night to its end."""
    drop = pathlib.Path(step["drop"])
    shutil.rmtree(drop, ignore_errors=True)
    drop.mkdir(parents=True)
    for name, text in drops[step["night"]].items():
        (drop / name).write_bytes(text.encode())
    kills = 0
    for moment in [*step["moments"], 0]:
        code, words = run(step["command"], moment)
        if not (moment and code == -signal.SIGKILL):
            break
        kills += 1
    shutil.rmtree(drop, ignore_errors=True)
    files = {path: content(pathlib.Path(path)) for path in wanted}
    return {"kills": kills, "code": code, "words": words, "files": files}


def main():
    plan = json.load(sys.stdin)
    results = []
    for step in plan["steps"]:
        results.append(play(step, plan["drops"], plan["files"]))
        if results[-1]["code"] != 0:
            break
    (HERE / "results.json").write_text(json.dumps(results))


if __name__ == "__main__":
    main()
