"""Score accounts through an API that cannot be trusted: asyncio and httpx, a few requests at once."""

import argparse
import asyncio
import csv
import json
import random
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import httpx

PERMANENT = frozenset({400, 404, 409, 410, 422})
AT_ONCE = 3


class Unusable(Exception):
    """A reply that counts as a failure."""

    def __init__(self, why, pause=0.0):
        super().__init__(why)
        self.pause = pause


class Rejected(Exception):
    """A final status."""


class GivenUp(Exception):
    """As many failures as are allowed."""


@dataclass
class Pace:
    """When the next request may leave; one for the whole job."""

    gap: float
    next_slot: float = 0.0
    silent_until: float = 0.0

    async def turn(self):
        while True:
            now = time.monotonic()
            wait = max(self.next_slot, self.silent_until) - now
            if wait <= 0:
                self.next_slot = now + self.gap
                return
            await asyncio.sleep(wait)

    def silence(self, seconds):
        self.silent_until = max(self.silent_until, time.monotonic() + seconds)


@dataclass
class Api:
    client: httpx.AsyncClient
    config: dict
    pace: Pace

    async def get(self, path, check):
        return await self._repeat(lambda: self.client.get(path), check)

    async def post(self, path, value, key):
        headers = {self.config["idempotency_header"]: key}
        return await self._repeat(lambda: self.client.post(path, json=value, headers=headers), lambda _: None)

    async def _repeat(self, send, check):
        limit = self.config["max_attempts"]
        for failures in range(1, limit + 1):
            await self.pace.turn()
            try:
                return await self._once(send, check)
            except Unusable:
                if failures < limit:
                    base = self.config["backoff_s"] * 2 ** (failures - 1)
                    await asyncio.sleep(base * random.uniform(1.0, 1.2))
        raise GivenUp

    async def _once(self, send, check):
        try:
            async with asyncio.timeout(self.config["timeout_s"]):
                response = await send()
        except (httpx.HTTPError, TimeoutError) as error:
            raise Unusable(str(error)) from error
        if response.status_code in PERMANENT:
            raise Rejected
        if response.status_code != 200:
            self._heed(response)
            raise Unusable(f"status {response.status_code}")
        try:
            said = response.json()
        except ValueError as error:
            raise Unusable("half a JSON") from error
        check(said)
        return said

    def _heed(self, response):
        try:
            self.pace.silence(float(response.headers.get("retry-after", "0")))
        except ValueError:
            pass


@dataclass
class Night:
    api: Api
    config: dict
    last_known: dict
    live: dict = field(default_factory=dict)
    posted: set = field(default_factory=set)
    rejected: set = field(default_factory=set)

    async def work(self):
        gate = asyncio.Semaphore(AT_ONCE)

        async def one_at(job):
            async with gate:
                await job

        await self.fetch(one_at)
        await asyncio.gather(*(one_at(self.post(account)) for account in self.last_known))

    async def fetch(self, one_at):
        try:
            schema = await self.api.get("/v1/schema", self.of_this_snapshot)
        except (GivenUp, Rejected):
            return
        divisors = {name: one["per_unit"] for name, one in schema["fields"].items()}
        numbers = range(1, self.config["pages"] + 1)
        await asyncio.gather(*(one_at(self.fetch_page(number, divisors)) for number in numbers))

    def of_this_snapshot(self, said):
        if said.get("snapshot") != self.config["snapshot"]:
            raise Unusable("an old snapshot")

    async def fetch_page(self, number, divisors):
        def check(page):
            self.of_this_snapshot(page)
            if page.get("page") != number or len(page.get("records", ())) != page.get("count"):
                raise Unusable("another page, or not all of it")

        try:
            page = await self.api.get(f"/v1/pages/{number}", check)
        except (GivenUp, Rejected):
            return
        for record in page["records"]:
            values = {name: value / divisors[name] for name, value in record["values"].items()}
            self.live[record["account_id"]] = values

    def score(self, account):
        values = self.live.get(account) or self.last_known[account]
        weights = self.config["model"]["weights"]
        return self.config["model"]["intercept"] + sum(weights[k] * values[k] for k in weights)

    async def post(self, account):
        value = {
            "account_id": account,
            "score": round(self.score(account), 5),
            "degraded": account not in self.live,
        }
        try:
            await self.api.post("/v1/scores", value, uuid.uuid4().hex)
            self.posted.add(account)
        except Rejected:
            self.rejected.add(account)
        except GivenUp:
            pass

    def report(self):
        everyone = set(self.last_known)
        unposted = sorted(everyone - self.posted - self.rejected)
        return {
            "accounts": len(everyone),
            "live": len(self.live),
            "fallback": len(everyone) - len(self.live),
            "posted": len(self.posted),
            "rejected": sorted(self.rejected),
            "unposted": unposted,
            "complete": len(self.live) == len(everyone) and not unposted,
        }

    def save(self, out):
        lines = ["account_id,score,source"]
        for account in sorted(self.last_known):
            source = "live" if account in self.live else "fallback"
            lines.append(f"{account},{self.score(account):.5f},{source}")
        (out / "scores.csv").write_text("\n".join(lines) + "\n")
        (out / "report.json").write_text(json.dumps(self.report()))


def read_accounts(path):
    with path.open(newline="") as file:
        return {
            row["account_id"]: {k: float(v) for k, v in row.items() if k != "account_id"}
            for row in csv.DictReader(file)
        }


async def main(arguments, started):
    config = json.loads((arguments.data / "config.json").read_text())
    last_known = read_accounts(arguments.data / "accounts.csv")
    # A little faster than the limit is a breach, so a little slower it is.
    pace = Pace(gap=1.05 / config["rate_per_s"])
    async with httpx.AsyncClient(base_url=arguments.api, trust_env=False, timeout=None) as client:
        night = Night(Api(client, config, pace), config, last_known)
        left = started + config["deadline_s"] * 0.9 - time.monotonic()
        try:
            async with asyncio.timeout(left):
                await night.work()
        except TimeoutError:
            pass
    night.save(arguments.out)


if __name__ == "__main__":
    begun = time.monotonic()
    parser = argparse.ArgumentParser()
    parser.add_argument("--api", required=True)
    parser.add_argument("--in", dest="data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    asyncio.run(main(parser.parse_args(), begun))
