"""Run the job against the packet's API with faults in other places, and hold it against the API's own log."""

import csv
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = json.loads((ROOT / "upstream/scenario/script.json").read_text())
CONFIG = json.loads((ROOT / "data/config.json").read_text())


class Result:
    def __init__(self, folder: Path, script: dict, deadline_s: float = CONFIG["deadline_s"]):
        (folder / "scenario").mkdir()
        (folder / "scenario/script.json").write_text(json.dumps(script))
        (folder / "config.json").write_text(json.dumps(CONFIG | {"deadline_s": deadline_s}))
        (folder / "accounts.csv").write_bytes((ROOT / "data/accounts.csv").read_bytes())
        serve = [sys.executable, "upstream/serve.py", "--port", "0", "--quiet"]
        serve += ["--scenario", str(folder / "scenario"), "--log", str(folder / "log")]
        with subprocess.Popen(serve, cwd=ROOT, stdout=subprocess.PIPE, text=True) as api:
            url = api.stdout.readline().removeprefix("ready on ").strip()
            command = [sys.executable, "fetch.py", "--api", url, "--in", str(folder), "--out", str(folder)]
            started = time.monotonic()
            code = subprocess.run(command, cwd=ROOT, timeout=60).returncode
            self.seconds = time.monotonic() - started
            api.terminate()
            api.stdout.read()
        assert code == 0
        self.report = json.loads((folder / "report.json").read_text())
        with (folder / "scores.csv").open(newline="") as file:
            self.rows = {row["account_id"]: row for row in csv.DictReader(file)}
        self.log = [json.loads(line) for line in (folder / "log").read_text().splitlines()]


def draw(seed: int) -> dict:
    """Return a script with other faults: kinds, places and numbers drawn."""
    rng = random.Random(seed)
    common = ["500", "503", "drop", "cut", "broken", "slow", "throttle"]
    script = json.loads(json.dumps(SCRIPT))
    script["schema_faults"] = rng.choices(common, k=rng.randint(0, 2))
    pages = list(script["pages"])
    script["plain_page"] = int(rng.choice(pages))
    script["page_faults"] = {
        page: rng.choice([["dead"], [], rng.choices([*common, "stale", "repeat", "short"], k=rng.randint(1, 3))])
        for page in pages if page != str(script["plain_page"])
    }
    accounts = [one["account_id"] for page in script["pages"].values() for one in page]
    rng.shuffle(accounts)
    script["rejected"] = dict(zip(accounts[:5], (400, 404, 409, 410, 422), strict=True))
    script["score_faults"] = {
        account: rng.choice([["dead"], rng.choices([*common, "lost", "lost500"], k=rng.randint(1, 3))])
        for account in accounts[3:16]
    }
    return script


@pytest.mark.parametrize("script", [SCRIPT, *map(draw, range(6))], ids=["own", *range(6)])
def test_rules(tmp_path, script):
    result = Result(tmp_path, script)
    report, log = result.report, result.log
    print(result.seconds, report)

    # Exactly the dead pages are fallback, everything else follows the model on the values served.
    per_unit = {name: one["per_unit"] for name, one in script["schema"]["fields"].items()}
    model = CONFIG["model"]
    for number, page in script["pages"].items():
        for one in page:
            row = result.rows[one["account_id"]]
            dead = script["page_faults"].get(number) == ["dead"]
            assert row["source"] == ("fallback" if dead else "live")
            values = one["values"].items()
            due = model["intercept"] + sum(model["weights"][k] * v / per_unit[k] for k, v in values)
            assert dead or abs(float(row["score"]) - due) < 1e-5

    # Limit and Retry-After, by the API's clock.
    assert not [one for one in log if one["note"].get("fault") in ("limit", "throttled")]

    # Attempts, final statuses and waits.
    by_thing = {}
    for one in log:
        by_thing.setdefault((one["note"]["what"], one["note"]["id"]), []).append(one)
    for thing, requests in by_thing.items():
        assert len(requests) <= CONFIG["max_attempts"]
        assert all(one["status"] not in (400, 404, 409, 410, 422) for one in requests[:-1])
        for k, (one, after) in enumerate(zip(requests, requests[1:], strict=False)):
            began = one["at"] + CONFIG["timeout_s"] if one["note"].get("fault") == "slow" else one["answered_at"]
            assert after["at"] - began >= CONFIG["backoff_s"] * 2**k, (thing, k)

    # Nothing is stored twice, a key stays with its account, and the report says what happened.
    posts = [one["note"] | {"whole": one["whole"], "status": one["status"]} for one in log if one["method"] == "POST"]
    new = [one["id"] for one in posts if one.get("effect") == "new"]
    assert len(new) == len(set(new))
    assert not [one for one in posts if one.get("effect") == "conflict"]
    assert len({one["key"] for one in posts}) == len({one["id"] for one in posts}) == report["accounts"]
    assert report["rejected"] == sorted(script["rejected"])
    dead = {name for name, faults in script["score_faults"].items() if faults == ["dead"]}
    assert report["unposted"] == sorted(dead - script["rejected"].keys())
    assert set(new) == result.rows.keys() - set(report["rejected"]) - set(report["unposted"])
    for one in posts:
        if "score" in one:
            assert one["degraded"] == (result.rows[one["id"]]["source"] == "fallback")
            assert abs(one["score"] - float(result.rows[one["id"]]["score"])) < 1e-9


def test_down(tmp_path):
    result = Result(tmp_path, SCRIPT | {"mode": "down"})
    assert result.seconds < CONFIG["deadline_s"]
    assert {row["source"] for row in result.rows.values()} == {"fallback"}
    assert result.report["posted"] == 0 and not result.report["complete"]
    assert len(result.log) == 4  # after Retry-After: 30 nothing is sent


def test_no_schema(tmp_path):
    result = Result(tmp_path, SCRIPT | {"schema_faults": ["dead"]})
    assert result.report["fallback"] == 32 and result.report["posted"] > 25
    assert all(one["note"]["degraded"] for one in result.log if "degraded" in one["note"])


@pytest.mark.parametrize("faults", [["slow"] * 4, ["throttle"] * 4])
def test_deadline(tmp_path, faults):
    slow = SCRIPT | {"page_faults": dict.fromkeys(SCRIPT["pages"], faults), "throttle_s": 1.0}
    result = Result(tmp_path, slow, deadline_s=3.0)
    assert result.seconds < 3.0
    assert max(one["at"] for one in result.log) < 3.0
