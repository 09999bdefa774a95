"""Makes a candidate's data: runs the task's ``variant.py`` for each scenario, hands the files over.

Protocol 1, frames as in ``wire.py``. Before the start the host puts ``task/variant.py`` and its
neighbours, and ``job.json`` {seed, scenarios}. Answers: ``file`` side, scenario, path + body;
``facts`` scenario + JSON body; at last ``end``, or ``failed`` reason.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import wire

channel = wire.take_stdio()

import json
import traceback
from pathlib import Path


def main():
    job = json.loads(Path("/work/job.json").read_text())
    sys.path.insert(0, "/work/task")
    sys.dont_write_bytecode = True
    try:
        from variant import generate

        for scenario in job["scenarios"]:
            send_scenario(generate, job["seed"], scenario)
    except Exception:  # noqa: BLE001 - the author's code, whatever it raises
        channel.write({"t": "failed", "reason": traceback.format_exc()[-1500:]})
    else:
        channel.write({"t": "end"})
    channel.read()


def send_scenario(generate, seed, scenario):
    folders = {side: Path("/work") / side / scenario for side in ("public", "truth")}
    for folder in folders.values():
        folder.mkdir(parents=True)
    facts = generate(seed, scenario, folders["public"], folders["truth"]) or {}
    for side, folder in folders.items():
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            path = file.relative_to(folder).as_posix()
            channel.write(
                {"t": "file", "side": side, "scenario": scenario, "path": path}, file.read_bytes()
            )
    body = json.dumps(facts, allow_nan=False, sort_keys=True).encode()
    channel.write({"t": "facts", "scenario": scenario}, body)


if __name__ == "__main__":
    main()
