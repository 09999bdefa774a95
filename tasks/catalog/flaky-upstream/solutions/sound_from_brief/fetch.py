"""Score accounts through an API that is not to be trusted: python fetch.py --api URL --in DATA --out OUT

One request is under way at a time. Whatever waits (for a repetition, for the rate limit, because the API said
Retry-After) waits in one queue, so that nothing can be sent past a wait. See README.md for the shape of it.
"""

import time

STARTED = time.monotonic()  # before the slow imports: the deadline counts from the start of the job

import argparse  # noqa: E402
import csv  # noqa: E402
import hashlib  # noqa: E402
import heapq  # noqa: E402
import itertools  # noqa: E402
import json  # noqa: E402
import math  # noqa: E402
from collections import Counter  # noqa: E402
from collections.abc import Callable  # noqa: E402
from dataclasses import dataclass, field  # noqa: E402
from pathlib import Path  # noqa: E402

import anyio  # noqa: E402 - httpx runs on it, and would else load it within the first request's time
import httpx  # noqa: E402

FINAL = {400, 404, 409, 410, 422}
SLACK_S = 0.02  # on top of waits, for clocks and travelling times
RESERVE_S = 1.0  # before the deadline: starting Python before STARTED, writing the files, ending
UNREADABLE = (ValueError, LookupError, TypeError, ArithmeticError, RecursionError)  # what reading a bad body raises


# What a good reply is


class BadReply(ValueError):
    """A reply came whole and with status 200, and is not what was asked for."""


def require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise BadReply(otherwise)


def finite(value: object) -> float:
    require(isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value), "not a number")
    return float(value)


def read_schema(said: dict, config: dict) -> dict[str, float]:
    """Return by how much the values of each of the model's features are to be divided."""
    require(said["snapshot"] == config["snapshot"], "other snapshot")
    per_unit = {name: finite(said["fields"][name]["per_unit"]) for name in config["model"]["weights"]}
    require(all(value > 0 for value in per_unit.values()), "no unit")
    return per_unit


def read_page(said: dict, config: dict, number: int) -> dict[str, dict[str, float]]:
    """Return the values of each account of the page, in the units of the schema."""
    require(said["snapshot"] == config["snapshot"], "other snapshot")
    require(said["page"] == number, "other page")
    require(said["count"] == len(said["records"]), "records missing")
    features = config["model"]["weights"]
    page = {one["account_id"]: {name: finite(one["values"][name]) for name in features} for one in said["records"]}
    require(len(page) == len(said["records"]), "account twice")
    return page


def read_receipt(said: dict, account: str) -> bool:
    require(said["account_id"] == account and said["stored"] is True, "no receipt")
    return True


# How the API is asked


@dataclass
class Ask:
    """One thing that is wanted of the API, over all its attempts."""

    method: str
    path: str
    read: Callable[[dict], object]
    on_good: Callable[[object], None]
    on_lost: Callable[[int | None], None]  # with the final status, or None when the attempts are used up
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    attempts: int = 0


class RateLimit:
    """A token bucket. One token of the burst stays unused: requests may arrive closer together than they left."""

    def __init__(self, rate: float, burst: int) -> None:
        self.rate, self.size = rate, max(1, burst - 1)
        self.tokens, self.at = float(self.size), time.monotonic()

    def next_at(self) -> float:
        return self.at + max(0.0, 1 - self.tokens) / self.rate

    def take(self) -> None:
        now = time.monotonic()
        self.tokens = min(self.size, self.tokens + (now - self.at) * self.rate) - 1
        self.at = now


class Api:
    """Sends what is in its queue, one by one, as the limit, the waits and the deadline allow."""

    def __init__(self, url: str, config: dict, deadline: float) -> None:
        self.config, self.deadline = config, deadline
        self.client = httpx.AsyncClient(base_url=url, timeout=None, trust_env=False)  # timed as a whole in `send`
        self.limit = RateLimit(config["rate_per_s"], config["burst"])
        self.closed_until = 0.0  # by Retry-After, for everybody
        self.queue: list[tuple[float, int, Ask]] = []
        self.numbers = itertools.count()
        self.seen: Counter[str] = Counter()

    def put(self, ask: Ask, at: float = 0.0) -> None:
        heapq.heappush(self.queue, (max(at, time.monotonic()), next(self.numbers), ask))

    async def run(self) -> None:
        """Work until nothing is left, or nothing more may be sent before the deadline."""
        async with self.client:
            while self.queue:
                ready_at, _, ask = heapq.heappop(self.queue)
                at = max(ready_at, self.closed_until, self.limit.next_at())
                if at >= self.deadline:
                    return  # all others are ready later, or wait for the same
                await anyio.sleep(max(0.0, at - time.monotonic()))
                if time.monotonic() >= self.deadline:
                    return
                self.limit.take()
                await self.attempt(ask)

    async def attempt(self, ask: Ask) -> None:
        ask.attempts += 1
        try:
            reply = await self.send(ask)
            if reply.status_code == 200:
                value = ask.read(json.loads(reply.content))
                self.seen["good"] += 1
                return ask.on_good(value)
            kind = f"status {reply.status_code}"
            if reply.status_code in (429, 503):
                self.keep_away(reply.headers.get("retry-after", ""))
            if reply.status_code in FINAL:
                self.seen[kind] += 1
                return ask.on_lost(reply.status_code)
        except TimeoutError:
            kind = "too slow"
        except httpx.HTTPError:
            kind = "connection lost"
        except BadReply as error:
            kind = str(error)
        except UNREADABLE:
            kind = "unreadable"
        self.seen[kind] += 1
        if ask.attempts >= self.config["max_attempts"]:
            return ask.on_lost(None)
        wait_s = self.config["backoff_s"] * 2 ** (ask.attempts - 1)
        return self.put(ask, time.monotonic() + wait_s + SLACK_S)

    async def send(self, ask: Ask) -> httpx.Response:
        """Return the reply if its last byte is there in time. httpx' own timeouts begin anew with every byte."""
        with anyio.fail_after(min(self.config["timeout_s"], self.deadline - time.monotonic())):
            return await self.client.request(ask.method, ask.path, content=ask.body, headers=ask.headers)

    def keep_away(self, retry_after: str) -> None:
        try:
            wait_s = finite(float(retry_after))
        except ValueError:
            return  # none, or not in seconds: the wait before the repetition is all there is
        self.closed_until = max(self.closed_until, time.monotonic() + wait_s + SLACK_S)


# The job


class Job:
    """Schema, then pages, then posts: an account's post is queued as soon as its score is certain."""

    def __init__(self, api: Api, config: dict, last_known: dict[str, dict[str, float]]) -> None:
        self.api, self.config = api, config
        self.scores = {account: self.score(values) for account, values in last_known.items()}
        self.live: set[str] = set()
        self.posted: set[str] = set()
        self.rejected: set[str] = set()
        self.per_unit: dict[str, float] = {}
        self.pages_open = config["pages"]

    def score(self, values: dict[str, float]) -> float:
        model = self.config["model"]
        return round(model["intercept"] + sum(weight * values[name] for name, weight in model["weights"].items()), 6)

    def start(self) -> None:
        self.api.put(
            Ask("GET", "/v1/schema", lambda said: read_schema(said, self.config), self.schema_came, self.schema_lost)
        )

    def schema_came(self, per_unit: dict[str, float]) -> None:
        self.per_unit = per_unit
        for number in range(1, self.config["pages"] + 1):
            self.api.put(
                Ask(
                    "GET",
                    f"/v1/pages/{number}",
                    lambda said, number=number: read_page(said, self.config, number),
                    self.page_came,
                    lambda _status: self.page_settled(),
                )
            )

    def schema_lost(self, _status: int | None) -> None:
        self.post_fallbacks()

    def page_came(self, page: dict[str, dict[str, float]]) -> None:
        for account, served in page.items():
            if account in self.scores and account not in self.live:
                self.live.add(account)
                self.scores[account] = self.score({name: value / self.per_unit[name] for name, value in served.items()})
                self.post(account)
        self.page_settled()

    def page_settled(self) -> None:
        self.pages_open -= 1
        if not self.pages_open:
            self.post_fallbacks()

    def post_fallbacks(self) -> None:
        """Post what stands on no page that came; which accounts these are is known only after the last page."""
        for account in sorted(self.scores.keys() - self.live):
            self.post(account)

    def post(self, account: str) -> None:
        said = {"account_id": account, "score": self.scores[account], "degraded": account not in self.live}
        body = json.dumps(said).encode()
        # Of the snapshot and the body: a repetition has the same key, in another run too, and another score another.
        key = hashlib.sha256(self.config["snapshot"].encode() + b"\n" + body).hexdigest()[:32]
        headers = {"Content-Type": "application/json", self.config["idempotency_header"]: key}

        def lost(status: int | None) -> None:
            if status is not None:
                self.rejected.add(account)

        self.api.put(
            Ask(
                "POST",
                "/v1/scores",
                lambda reply: read_receipt(reply, account),
                lambda _: self.posted.add(account),
                lost,
                body,
                headers,
            )
        )

    def write(self, folder: Path) -> None:
        with (folder / "scores.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(["account_id", "score", "source"])
            for account, score in sorted(self.scores.items()):
                table.writerow([account, f"{score:.6f}", "live" if account in self.live else "fallback"])
        accounts = self.scores.keys()
        unposted = accounts - self.posted - self.rejected
        report = {
            "accounts": len(accounts),
            "live": len(self.live),
            "fallback": len(accounts - self.live),
            "posted": len(self.posted),
            "rejected": sorted(self.rejected),
            "unposted": sorted(unposted),
            "complete": len(self.live) == len(accounts) and not unposted,
            "replies": dict(self.api.seen.most_common()),
        }
        (folder / "report.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def read_accounts(path: Path, features: list[str]) -> dict[str, dict[str, float]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["account_id"]: {name: float(row[name]) for name in features} for row in csv.DictReader(file)}


async def run(url: str, source: Path, target: Path) -> None:
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    last_known = read_accounts(source / "accounts.csv", list(config["model"]["weights"]))
    reserve_s = min(RESERVE_S, config["deadline_s"] / 4)
    api = Api(url, config, STARTED + config["deadline_s"] - reserve_s)
    job = Job(api, config, last_known)
    job.start()
    try:
        await api.run()
    finally:  # an error of ours must not cost the files, but is an error
        job.write(target)


def main() -> None:
    parser = argparse.ArgumentParser(description="Score accounts through the API.")
    parser.add_argument("--api", required=True)
    parser.add_argument("--in", dest="data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    anyio.run(run, options.api, options.data, options.out)


if __name__ == "__main__":
    main()
