"""Makes the accounts, what the API knows of them, and the script of its faults."""

import csv
import json

import numpy as np

PAGES, PER_PAGE = 10, (2, 3, 4)
RATE_PER_S, BURST = 50, 6
# The API takes a little more than it promises, so that who uses all of it is safe from jitter.
TAKES_PER_S, TAKES_AT_ONCE = 55, 9
SLOW_S = 2.0
# Longer than a crowded machine holds up a request that has left, shorter than the job's patience.
THROTTLE_S = 0.35
LIMITS = {"rate_per_s": RATE_PER_S, "burst": BURST, "timeout_s": 0.4, "backoff_s": 0.03,
          "max_attempts": 4}  # fmt: skip
DEADLINE_S = {"public": 12.0, "fresh": 12.0, "outage": 2.5}
NAMES = ["balance", "tenure", "spend", "arrears", "utilisation", "tickets"]
UNITS = [("hundredths", 100), ("thousandths", 1000), ("tenths", 10), ("twelfths", 12), ("sixtieths", 60)]
HEADERS = ["Idempotency-Key", "X-Request-Key", "X-Operation-Id", "X-Dedup-Token"]
PAGE_FAULTS = [
    ["dead"], ["stale", "stale"], ["repeat"], ["short"], ["cut"], ["broken"], ["slow"],
    ["500", "500"], ["throttle"], [],
]  # fmt: skip
SCORE_FAULTS = [
    ["dead"], ["lost"], ["lost", "lost"], ["lost500"], ["lost500"], ["500", "503"], ["throttle"],
    ["cut"], ["drop"],
]  # fmt: skip


def generate(seed, scenario, public, truth):
    """Write one scenario."""
    rng = np.random.default_rng([seed, *scenario.encode()])
    shared = np.random.default_rng([seed, 1])
    # Another one in each scenario: who reads the configuration has no trouble with that.
    header = HEADERS[int(rng.integers(len(HEADERS)))]
    names = [NAMES[i] for i in sorted(rng.choice(len(NAMES), 4, replace=False))]
    pages = make_pages(rng, names)
    accounts = [one for page in pages for one in page]
    weights = {name: round(float(rng.uniform(0.6, 1.6) * rng.choice([-1, 1])), 3) for name in names}
    model = {"intercept": round(float(rng.normal(0, 1)), 3), "weights": weights}
    snapshot = f"{shared.choice(list('QRSTVW'))}{int(rng.integers(400, 900))}"
    fields = make_fields(rng, names)
    script = make_script(rng, scenario, pages, fields, snapshot)
    script["header"] = header.lower()
    config = {
        "snapshot": snapshot, "pages": PAGES, "idempotency_header": header, **LIMITS,
        "deadline_s": DEADLINE_S[scenario], "model": model,
    }  # fmt: skip
    (public / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    with (public / "accounts.csv").open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["account_id", *names])
        rows.writerows([one["id"], *one["last"].values()] for one in sorted_by_id(accounts))
    (truth / "upstream").mkdir()
    (truth / "upstream" / "script.json").write_text(json.dumps(script))
    expected = make_expected(pages, fields, model)
    (truth / "expected.json").write_text(json.dumps(expected))
    return {"accounts": len(accounts), "pages": PAGES, **LIMITS, "deadline_s": DEADLINE_S[scenario],
            "header": header, "snapshot": snapshot, "features": names}  # fmt: skip


def sorted_by_id(accounts):
    return sorted(accounts, key=lambda one: one["id"])


def make_pages(rng, names):
    """Return pages of accounts with live values, older ones of the snapshot before, and the last
    known."""
    sizes = [int(size) for size in rng.choice(PER_PAGE, PAGES)]
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
    numbers = rng.choice(9000, sum(sizes), replace=False) + 1000
    prefix = "".join(letters[int(i)] for i in rng.integers(len(letters), size=2))
    found = []
    for number in numbers:
        live = {name: round(float(rng.uniform(-2, 2)), 3) for name in names}
        found.append(
            {"id": f"{prefix}-{number}", "live": live, "old": moved(rng, live), "last": moved(rng, live)}
        )
    return [[found.pop() for _ in range(size)] for size in sizes]


def moved(rng, values):
    return {k: round(v + float(rng.choice([-1, 1]) * rng.uniform(0.4, 1.2)), 3) for k, v in values.items()}


def make_fields(rng, names):
    """Return what the schema says: in which part of a unit each value is served."""
    plain = int(rng.integers(0, 3))
    chosen = [UNITS[int(i)] for i in rng.permutation(len(UNITS))[: len(names) - plain]]
    pairs = [("whole units", 1)] * plain + chosen
    return {
        name: {"unit": pairs[int(i)][0], "per_unit": pairs[int(i)][1]}
        for name, i in zip(names, rng.permutation(len(names)), strict=True)
    }


def make_script(rng, scenario, pages, fields, snapshot):
    """Return what the API serves, and the faults of each page and score, attempt by attempt."""

    def records(part, version):
        return [
            {"account_id": one["id"],
             "values": {k: round(v * fields[k]["per_unit"], 6) for k, v in one[version].items()}}
            for one in part
        ]  # fmt: skip

    faults = [PAGE_FAULTS[int(i)] for i in rng.permutation(len(PAGE_FAULTS))]
    plain = faults.index([])
    ids = [one["id"] for page in pages for one in page]
    order = [ids[int(i)] for i in rng.permutation(len(ids))]
    refused = int(rng.integers(2, 6))
    rejected = {id_: int(rng.choice([404, 410, 422])) for id_ in order[:refused]}
    scores = dict(zip(order[refused:], SCORE_FAULTS, strict=False))
    return {
        "mode": "down" if scenario == "outage" else "flaky",
        "snapshot": snapshot,
        "older": f"{snapshot[0]}{int(snapshot[1:]) - int(rng.integers(1, 9))}",
        "rate": TAKES_PER_S, "burst": TAKES_AT_ONCE, "throttle_s": THROTTLE_S, "slow_s": SLOW_S,
        "schema": {"snapshot": snapshot, "fields": fields},
        "schema_faults": ["500"],
        "pages": {str(n + 1): records(part, "live") for n, part in enumerate(pages)},
        "older_pages": {str(n + 1): records(part, "old") for n, part in enumerate(pages)},
        "page_faults": {str(n + 1): fault for n, fault in enumerate(faults)},
        "plain_page": plain + 1,
        "rejected": rejected,
        "score_faults": scores,
    }  # fmt: skip


def make_expected(pages, fields, model):
    """Return the page and the score of each account, by every reading that a client may have."""

    def score(values):
        return round(model["intercept"] + sum(model["weights"][k] * v for k, v in values.items()), 4)

    def raw(values):
        return {k: v * fields[k]["per_unit"] for k, v in values.items()}

    return {
        one["id"]: {
            "page": str(number),
            "live": score(one["live"]), "live_raw": score(raw(one["live"])),
            "old": score(one["old"]), "last": score(one["last"]),
        }
        for number, page in enumerate(pages, start=1)
        for one in page
    }  # fmt: skip
