"""Fetch features, score the accounts, post the scores. One request at a time, standard library only."""

import argparse
import csv
import http.client
import json
import time
from pathlib import Path
from urllib.parse import urlsplit

FINAL = {400, 404, 409, 410, 422}
BACKOFF_S = 0.07


class Failure(Exception):
    """A request failed; another try may help."""

    def __init__(self, words, retry_after=0.0):
        super().__init__(words)
        self.retry_after = retry_after


class Final(Exception):
    """A request was refused for good."""


class OutOfTime(Exception):
    """The deadline leaves no room for another request."""


class Client:
    """Sends requests at the API's pace, and repeats what failed."""

    def __init__(self, api, config, deadline):
        self.place = urlsplit(api)
        self.config = config
        self.deadline = deadline
        self.not_before = 0.0

    def ask(self, method, path, read, payload=None, headers=None):
        """Return what `read` makes of a good reply."""
        for attempt in range(1, self.config["max_attempts"] + 1):
            self.wait_until(self.not_before)
            try:
                return read(self.send(method, path, payload, headers or {}))
            except Failure as failure:
                now = time.monotonic()
                self.not_before = max(self.not_before, now + failure.retry_after)
                last = failure
            if attempt < self.config["max_attempts"]:
                self.wait_until(now + BACKOFF_S * 2 ** (attempt - 1))
        raise last

    def wait_until(self, moment):
        if moment >= self.deadline or time.monotonic() >= self.deadline:
            raise OutOfTime
        time.sleep(max(0.0, moment - time.monotonic()))

    def send(self, method, path, payload, headers):
        """Return the JSON of a whole reply with status 200."""
        now = time.monotonic()
        self.not_before = max(self.not_before, now + 1 / self.config["rate_per_s"])
        until = min(now + self.config["timeout_s"], self.deadline)
        connection = http.client.HTTPConnection(
            self.place.hostname, self.place.port, timeout=max(0.001, until - now)
        )
        try:
            connection.connect()
            wire = connection.sock
            body = None if payload is None else json.dumps(payload).encode()
            connection.request(method, path, body, {"Connection": "close", **headers})
            response = connection.getresponse()
            return self.judge(response, self.read(response, wire, until))
        except (OSError, http.client.HTTPException) as error:
            raise Failure(str(error)) from error
        finally:
            connection.close()

    def read(self, response, wire, until):
        """Read the whole body, or fail: the time is for all of it, not for each piece."""
        body = b""
        while response.length:
            left = until - time.monotonic()
            if left <= 0:
                raise Failure("the reply takes too long")
            wire.settimeout(left)
            part = response.read1(65536)
            if not part:
                raise Failure("the reply was cut short")
            body += part
        return body

    def judge(self, response, body):
        if response.status in FINAL:
            raise Final(response.status)
        if response.status != 200:
            raise Failure(f"status {response.status}")
        try:
            return json.loads(body)
        except ValueError as error:
            raise Failure("no JSON") from error


class Job:
    """One night's work."""

    def __init__(self, api, config, accounts, deadline):
        self.client = Client(api, config, deadline)
        self.config = config
        self.accounts = accounts
        self.live = {}
        self.posted, self.rejected = set(), set()

    def run(self):
        """Go as far as the deadline allows."""
        try:
            self.fetch()
            self.post()
        except OutOfTime:
            pass

    def fetch(self):
        try:
            fields = self.client.ask("GET", "/v1/schema", self.read_schema)
        except (Failure, Final):
            return
        for number in range(1, self.config["pages"] + 1):
            try:
                records = self.client.ask(
                    "GET", f"/v1/pages/{number}", lambda page, number=number: self.read_page(page, number)
                )
            except (Failure, Final):
                continue
            for record in records:
                self.live[record["account_id"]] = {
                    name: value / fields[name]["per_unit"] for name, value in record["values"].items()
                }

    def read_schema(self, said):
        if said.get("snapshot") != self.config["snapshot"]:
            raise Failure("the schema of another snapshot")
        return said["fields"]

    def read_page(self, page, number):
        if page.get("snapshot") != self.config["snapshot"]:
            raise Failure("a page of another snapshot")
        if page.get("page") != number:
            raise Failure("another page")
        if len(page["records"]) != page["count"]:
            raise Failure("a page that lacks records")
        return page["records"]

    def post(self):
        for account in sorted(self.accounts):
            payload = {
                "account_id": account, "score": self.score(account), "degraded": account not in self.live,
            }  # fmt: skip
            key = f"{self.config['snapshot']}-{account}"
            headers = {self.config["idempotency_header"]: key, "Content-Type": "application/json"}
            try:
                self.client.ask("POST", "/v1/scores", lambda said: said, payload, headers)
                self.posted.add(account)
            except Final:
                self.rejected.add(account)
            except Failure:
                pass

    def score(self, account):
        values = self.live.get(account, self.accounts[account])
        model = self.config["model"]
        total = sum(weight * values[name] for name, weight in model["weights"].items())
        return round(model["intercept"] + total, 6)

    def write(self, out):
        rows = [
            (account, f"{self.score(account):.6f}", "live" if account in self.live else "fallback")
            for account in sorted(self.accounts)
        ]
        with (out / "scores.csv").open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["account_id", "score", "source"])
            writer.writerows(rows)
        unposted = sorted(set(self.accounts) - self.posted - self.rejected)
        live = sum(row[2] == "live" for row in rows)
        report = {
            "accounts": len(rows), "live": live, "fallback": len(rows) - live,
            "posted": len(self.posted), "rejected": sorted(self.rejected), "unposted": unposted,
            "complete": live == len(rows) and not unposted,
        }  # fmt: skip
        (out / "report.json").write_text(json.dumps(report, indent=2) + "\n")


def read_accounts(path):
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {row.pop("account_id"): {name: float(text) for name, text in row.items()} for row in rows}


def main():
    started = time.monotonic()
    parser = argparse.ArgumentParser()
    parser.add_argument("--api", required=True)
    parser.add_argument("--in", dest="data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    config = json.loads((arguments.data / "config.json").read_text())
    # A tenth is left for writing the files.
    deadline = started + 0.9 * config["deadline_s"]
    job = Job(arguments.api, config, read_accounts(arguments.data / "accounts.csv"), deadline)
    job.run()
    job.write(arguments.out)


if __name__ == "__main__":
    main()
