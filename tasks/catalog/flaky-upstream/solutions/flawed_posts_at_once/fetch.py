"""The nightly scoring job. Worker threads share one gate, which lets requests for pages out at the API's pace."""

import argparse
import csv
import json
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from wire import request

GIVE_UP_ON = (400, 404, 409, 410, 422)
WORKERS = 8


class Gate:
    """Lets one request after the other out; closed for good at the deadline."""

    def __init__(self, per_second, deadline):
        self._step = 1 / per_second
        self._free_at = 0.0
        self._closed_until = 0.0
        self._deadline = deadline
        self._lock = threading.Lock()

    def pass_through(self, not_before, is_paced):
        """Wait for a turn; return False if there is none before the deadline."""
        while True:
            with self._lock:
                now = time.monotonic()
                at = max(self._free_at, self._closed_until, not_before)
                if max(at, now) >= self._deadline:
                    return False
                if at <= now:
                    self._free_at = now + (self._step if is_paced else 0.0)
                    return True
            time.sleep(at - now)

    def close_for(self, seconds):
        with self._lock:
            self._closed_until = max(self._closed_until, time.monotonic() + seconds)


class Caller:
    """Repeats a request until it succeeds, is refused, or has failed too often."""

    def __init__(self, url, config, deadline):
        self._url, self._config, self._deadline = url, config, deadline
        self._gate = Gate(config["rate_per_s"], deadline)

    def call(self, method, path, is_good, payload=None, key=None):
        """Return ("ok", value), ("refused", status) or ("failed", None)."""
        headers = {self._config["idempotency_header"]: key} if key else {}
        ready_at = 0.0
        for attempt in range(self._config["max_attempts"]):
            if not self._gate.pass_through(ready_at, method == "GET"):
                break
            until = min(time.monotonic() + self._config["timeout_s"], self._deadline)
            reply = request(self._url, method, path, headers, payload, until)
            if reply is not None and reply.status in GIVE_UP_ON:
                return "refused", reply.status
            if reply is not None and reply.status in (429, 503):
                self._gate.close_for(reply.retry_after)
            if reply is not None and reply.status == 200 and reply.value is not None:
                if is_good(reply.value):
                    return "ok", reply.value
            ready_at = time.monotonic() + self._config["backoff_s"] * 2**attempt
        return "failed", None


def is_page(value, number, snapshot):
    records = value.get("records")
    whole = isinstance(records, list) and len(records) == value.get("count")
    return whole and value.get("page") == number and value.get("snapshot") == snapshot


def fetch_features(caller, config, pool):
    """Return account -> features in the model's units, as far as pages could be had."""
    snapshot = config["snapshot"]
    state, schema = caller.call("GET", "/v1/schema", lambda value: value.get("snapshot") == snapshot)
    if state != "ok":
        return {}
    units = {name: schema["fields"][name]["per_unit"] for name in config["model"]["weights"]}

    def fetch(number):
        return caller.call("GET", f"/v1/pages/{number}", lambda value: is_page(value, number, snapshot))

    return {
        record["account_id"]: {name: record["values"][name] / unit for name, unit in units.items()}
        for state, page in pool.map(fetch, range(1, config["pages"] + 1))
        if state == "ok"
        for record in page["records"]
    }


def post_scores(caller, config, table):
    """Post each score once; return account -> state."""
    states = {}
    waiting = queue.SimpleQueue()
    for account in table:
        waiting.put(account)

    def work():
        while True:
            try:
                account = waiting.get_nowait()
            except queue.Empty:
                return
            score, source = table[account]
            payload = {"account_id": account, "score": score, "degraded": source == "fallback"}
            key = f"night-{config['snapshot']}-{account}"
            states[account], _ = caller.call("POST", "/v1/scores", lambda _: True, payload, key)

    workers = [threading.Thread(target=work) for _ in range(WORKERS)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    return states


def main():
    started = time.monotonic()
    parser = argparse.ArgumentParser()
    parser.add_argument("--api", required=True)
    parser.add_argument("--in", dest="data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    config = json.loads((options.data / "config.json").read_text())
    caller = Caller(options.api, config, started + config["deadline_s"] - 0.3)
    with (options.data / "accounts.csv").open(newline="") as file:
        last_known = {row.pop("account_id"): row for row in csv.DictReader(file)}

    with ThreadPoolExecutor(WORKERS) as pool:
        live = fetch_features(caller, config, pool)
    model = config["model"]
    table = {}
    for account in sorted(last_known):
        values = live.get(account, last_known[account])
        total = sum(weight * float(values[name]) for name, weight in model["weights"].items())
        table[account] = (
            round(model["intercept"] + total, 6), "live" if account in live else "fallback"
        )  # fmt: skip
    states = post_scores(caller, config, table)

    rows = [f"{account},{score:.6f},{source}\n" for account, (score, source) in table.items()]
    (options.out / "scores.csv").write_text("".join(["account_id,score,source\n", *rows]))
    named = {
        state: sorted(account for account, found in states.items() if found == state)
        for state in ("ok", "refused", "failed")
    }
    report = {
        "accounts": len(table),
        "live": len(live),
        "fallback": len(table) - len(live),
        "posted": len(named["ok"]),
        "rejected": named["refused"],
        "unposted": named["failed"],
        "complete": len(live) == len(table) and not named["failed"],
    }
    (options.out / "report.json").write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
