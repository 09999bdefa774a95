"""Makes a candidate's data: runs the task's ``variant.py`` for each scenario, hands the files over.

Before the call the host has put ``task/variant.py`` and its neighbours, and ``job.json`` {seed,
scenarios}. Frames: ``file`` side, scenario, path + body; ``facts`` scenario + JSON body; at last
``end``, or ``failed`` reason.
"""

import json
import sys
import traceback

from job import ROOT


def generate_data(channel):
    job = json.loads((ROOT / "job.json").read_text())
    sys.path.insert(0, str(ROOT / "task"))
    try:
        from variant import generate

        for scenario in job["scenarios"]:
            send_scenario(channel, generate, job["seed"], scenario)
    except Exception:  # noqa: BLE001 - the author's code, whatever it raises
        channel.write({"t": "failed", "reason": traceback.format_exc()[-1500:]})
    else:
        channel.write({"t": "end"})


def send_scenario(channel, generate, seed, scenario):
    folders = {side: ROOT / side / scenario for side in ("public", "truth")}
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
