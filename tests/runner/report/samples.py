"""Evidence as gradings would leave it: a good one of each kind, and hostile ones."""

from __future__ import annotations

import base64
import hashlib
import struct
import zlib
from typing import Any

from graders.evidence import (
    Answer,
    CellFacts,
    CheckResult,
    ClaimResult,
    ClaimVerdict,
    CommitFacts,
    CriterionResult,
    DeliverableFacts,
    Evidence,
    ExitKind,
    Flag,
    MachineState,
    Measurement,
    Outcome,
    Provenance,
    RunFacts,
    State,
    SubmissionFacts,
    TaskFacts,
    VariantFacts,
    Writeup,
)

GIB = 1 << 30
MIB = 1 << 20


def sha(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int = 480, height: int = 200, *, claimed: tuple[int, int] | None = None) -> bytes:
    """A bar chart, drawn by hand."""
    rows = bytearray()
    bars = [150, 128, 96, 88, 61, 40, 22, 9]
    slot = max(width // len(bars), 1)
    for y in range(height):
        rows.append(0)
        for x in range(width):
            inside = height - y < bars[min(x // slot, 7)] and 8 < x % slot < slot - 8
            rows += b"\x1d\x5a\x99" if inside else b"\xff\xff\xff"
    size = struct.pack(">IIBBBBB", *(claimed or (width, height)), 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", size), chunk(b"tEXt", b"Comment\0<script>alert(1)</script>")]
    parts += [chunk(b"IDAT", zlib.compress(bytes(rows))), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def encode(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def submission(candidate: str = "LYNX-42", kind: str = "repo", **changes: Any) -> SubmissionFacts:
    facts: dict[str, Any] = {
        "id": sha(candidate + kind)[:16],
        "candidate": candidate,
        "kind": kind,
        "source": "git" if kind != "notebook" else "notebook",
        "sha256": sha("files" + candidate),
        "received_at": "2026-03-02T14:05:31+00:00",
        "files": 14,
        "bytes": 48_213,
        "commit": sha(candidate)[:40] if kind != "notebook" else None,
    }
    return SubmissionFacts(**(facts | changes))


ORDERS = TaskFacts(
    id="orders-etl",
    version="1.0.0",
    digest="sha256:" + sha("orders"),
    title="Daily revenue from a messy order feed",
    constraint="1 GiB of memory, 60 s, a rerun is byte-identical, no row is dropped silently",
    time_budget_minutes=180,
    ai_policy="allowed_disclose",
)
CHURN = TaskFacts(
    id="churn-notebook",
    version="1.2.0",
    digest="sha256:" + sha("churn"),
    title="Which customers leave next month, and how sure are you?",
    constraint="Only what was known on the day of the forecast may be used",
    time_budget_minutes=150,
    ai_policy="allowed_disclose",
)
SCORING = TaskFacts(
    id="scoring-service",
    version="0.9.0",
    digest="sha256:" + sha("scoring"),
    title="Put a model behind an HTTP service that survives a bad day",
    constraint="512 MiB, p95 below 80 ms at 50 requests per second, ready 10 s after start",
    time_budget_minutes=240,
    ai_policy="required",
)

PROVENANCE = Provenance(
    image="python-data",
    image_digest="sha256:" + sha("image"),
    grade_image_digest="sha256:" + sha("grade"),
    runner_version="0.1.0",
    engine="Docker 27.5.1, API 1.47, linux/amd64",
    runtime="runc",
    limits={
        "wall_time_s": 60.0,
        "memory_bytes": float(GIB),
        "cpus": 1.0,
        "pids": 128.0,
        "disk_bytes": 256.0 * MIB,
        "output_bytes": float(MIB),
    },
    nonce="b3f1c05e9a7d4c22",
    graded_at="2026-03-02T14:09:12+00:00",
    phases_s={"prepare": 0.41, "run": 74.3, "grade": 2.17},
)


def criterion(
    id: str, title: str, definition: str, anchors: tuple[str, str, str, str], **changes: Any
) -> CriterionResult:
    facts: dict[str, Any] = {
        "id": id,
        "title": title,
        "definition": definition,
        "weight": 2.0,
        "non_negotiable": False,
        "anchors": {str(n): text for n, text in enumerate(anchors, 1)},
        "points": 0.0,
        "max_points": 0.0,
        "machine_state": MachineState.NO_CHECKS,
    }
    return CriterionResult(**(facts | changes))


def check(
    id: str,
    of: str,
    outcome: Outcome,
    max_points: float,
    proves: str,
    detail: str = "",
    *,
    points: float | None = None,
) -> CheckResult:
    gained = max_points if outcome is Outcome.PASSED else 0.0
    return CheckResult(
        id=id,
        criterion=of,
        outcome=outcome,
        points=gained if points is None else points,
        max_points=max_points,
        proves=proves,
        detail=detail,
        duration_s=0.04,
    )


def run(name: str, scenario: str, **changes: Any) -> RunFacts:
    facts: dict[str, Any] = {
        "name": name,
        "scenario": scenario,
        "command": ("python", "etl.py", "--in", "/data", "--out", "/work/out"),
        "exit_kind": ExitKind.EXITED,
        "exit_code": 0,
        "wall_time_s": 1.93,
        "cpu_time_s": 1.71,
        "memory_peak_bytes": 91_000_000,
        "stdout": "read 12 408 rows from 9 files\nwrote out/orders.csv (11 871 rows)\n"
        "wrote out/quarantine.csv (113 rows)\n",
        "stderr": "",
        "output_truncated": False,
        "deliverables": (
            DeliverableFacts(
                path="out/orders.csv", state="ok", bytes=702_118, sha256=sha(name + "orders")
            ),
            DeliverableFacts(
                path="out/quarantine.csv", state="ok", bytes=9_402, sha256=sha(name + "quarantine")
            ),
        ),
    }
    return RunFacts(**(facts | changes))


_ORDERS_CRITERIA = (
    criterion(
        "data-correctness",
        "Data correctness",
        "The numbers that leave the pipeline are the numbers the business would compute by hand"
        " from the same feed: latest versions win, duplicates count once, currencies are"
        " converted at the day's rate.",
        (
            "Totals are wrong and nothing in the work would have shown it.",
            "Most totals are right; a known kind of row is handled by accident.",
            "Totals are right, and tests or reconciliations of the candidate's own show it.",
            "As 3, and the ambiguous cases are named, decided and written down.",
        ),
        weight=3.0,
        non_negotiable=True,
        points=5.0,
        max_points=7.0,
        machine_state=MachineState.PARTLY,
    ),
    criterion(
        "nothing-lost",
        "No row is lost silently",
        "Every row that comes in is either in the output or in quarantine with a reason.",
        (
            "Rows vanish without a trace.",
            "Rows are counted, but not kept.",
            "Rows are quarantined with a reason.",
            "As 3, and the reasons let an analyst repair the feed.",
        ),
        non_negotiable=True,
        points=4.0,
        max_points=4.0,
        machine_state=MachineState.MET,
    ),
    criterion(
        "operations",
        "Fit for a night shift",
        "It stays within its memory and time, can be run again, and copes with five times"
        " the volume.",
        (
            "Needs its author beside it.",
            "Runs on the day's data; anything larger breaks it.",
            "Runs within its limits on larger data and can be repeated.",
            "As 3, and says early and clearly when it cannot.",
        ),
        points=1.0,
        max_points=5.0,
        machine_state=MachineState.NOT_MET,
    ),
    criterion(
        "schema-drift",
        "Copes with a changed feed",
        "A renamed or missing column is noticed, named and does not corrupt the output.",
        ("Corrupts the output.", "Crashes.", "Stops with a clear message.", "Adapts and says so."),
        weight=1.0,
        points=0.0,
        max_points=2.0,
        machine_state=MachineState.UNKNOWN,
    ),
    criterion(
        "reasoning",
        "Reasoning and trade-offs",
        "The candidate says what was decided, what was given up for it, and how they know.",
        (
            "Retells the code.",
            "Names decisions without their price.",
            "Names decisions and what they cost, with numbers.",
            "As 3, and says what would change their mind.",
        ),
    ),
)

_ORDERS_CHECKS = (
    check(
        "orders-latest-version-wins",
        "data-correctness",
        Outcome.PASSED,
        2,
        "The last update by `updated_at` wins, not the last in file order.",
    ),
    check(
        "orders-currency-of-the-day",
        "data-correctness",
        Outcome.FAILED,
        2,
        "Amounts are converted at the rate of the order's day, not of the newest rate in the file.",
        "revenue of 2026-02-11 is 18 402.10 EUR, expected 18 377.64 EUR (tolerance 0.01)\n"
        "  31 of 28 371 orders differ; all were placed in CHF between 2026-02-09 and 2026-02-12",
    ),
    check(
        "orders-duplicates-count-once",
        "data-correctness",
        Outcome.PASSED,
        3,
        "An order that the feed delivers twice counts once, even if the copies are in two files.",
    ),
    check(
        "rows-in-equals-rows-out",
        "nothing-lost",
        Outcome.PASSED,
        2,
        "Rows read are rows written plus rows in quarantine, on data the candidate never saw.",
    ),
    check(
        "quarantine-has-reasons",
        "nothing-lost",
        Outcome.PASSED,
        2,
        "Every row in quarantine names a reason from the brief's list.",
    ),
    check(
        "rerun-is-identical",
        "operations",
        Outcome.PASSED,
        1,
        "A second run over the same input writes byte-identical files.",
    ),
    check(
        "five-times-the-volume",
        "operations",
        Outcome.NOT_RUN,
        2,
        "Five times the volume stays within the same memory.",
        "the run `volume` did not finish: it was cut off at the memory limit after 41.2 s",
    ),
    check(
        "late-file-is-picked-up",
        "operations",
        Outcome.FAILED,
        2,
        "A file that arrives a day late changes the day it belongs to, and no other.",
        "2026-02-14 changed as well: 20 118.00 became 20 233.50",
    ),
    check(
        "renamed-column-is-named",
        "schema-drift",
        Outcome.ERROR,
        2,
        "With `amount` renamed to `amt` the program stops and names the column.",
        "KeyError: 'drift' in the check's own truth file",
    ),
)

_P1 = """\
I keep **one row per order id**, the one with the greatest `updated_at`. File order was tempting, \
but two of the nine files were delivered out of order:

| file | first `updated_at` | last |
| --- | --- | --- |
| part-03 | 2026-02-10 | 2026-02-12 |
| part-04 | 2026-02-08 | 2026-02-10 |

For ties I take the row with the *larger sequence number*, see the \
[feed's documentation](https://docs.example.com/feed#order).

1. rows without an id go to quarantine,
2. rows with an unknown currency go to quarantine,
3. everything else is converted.

```python
orders = (rows.sort_values(["order_id", "updated_at", "seq"])
              .drop_duplicates("order_id", keep="last"))
```
"""


def repo() -> Evidence:
    """A good piece of work with a real gap, a run cut off and a check that is broken."""
    return Evidence(
        submission=submission(),
        task=ORDERS,
        variant=VariantFacts(id="v-7f3a09", public_sha256=sha("public")),
        state=State.GRADED,
        runs=(
            run("public", "public"),
            run("fresh", "fresh", wall_time_s=2.04, memory_peak_bytes=94_371_840),
            run(
                "volume",
                "volume",
                exit_kind=ExitKind.OUT_OF_MEMORY,
                exit_code=137,
                detail="The engine ended it after 41.2 s, when it asked for more than 1 GiB.",
                wall_time_s=41.2,
                cpu_time_s=39.8,
                memory_peak_bytes=GIB,
                stdout="read 62 040 rows from 45 files\n",
                stderr="",
                deliverables=(
                    DeliverableFacts(path="out/orders.csv", state="missing", bytes=0, sha256=None),
                    DeliverableFacts(
                        path="out/quarantine.csv", state="missing", bytes=0, sha256=None
                    ),
                ),
            ),
            run(
                "drift",
                "renamed_column",
                exit_code=1,
                wall_time_s=0.62,
                memory_peak_bytes=61_000_000,
                stdout="",
                stderr="Traceback (most recent call last):\n"
                '  File "/work/etl.py", line 88, in <module>\n    main()\n'
                '  File "/work/etl.py", line 41, in load\n    raise FeedError(missing)\n'
                "FeedError: columns missing from part-02.csv: amount (found: amt)\n",
                deliverables=(),
            ),
        ),
        checks=_ORDERS_CHECKS,
        criteria=_ORDERS_CRITERIA,
        measurements=(
            Measurement(
                name="revenue_error",
                value=24.46,
                unit="EUR",
                reference=0.0,
                check="orders-currency-of-the-day",
            ),
            Measurement(
                name="orders_written",
                value=28371,
                unit="rows",
                reference=28371,
                check="orders-duplicates-count-once",
            ),
            Measurement(
                name="rows_quarantined",
                value=131,
                unit="rows",
                reference=131,
                check="quarantine-has-reasons",
            ),
            Measurement(
                name="share_repaired", value=0.41, unit="1", check="quarantine-has-reasons"
            ),
            Measurement(
                name="seconds_per_million_rows",
                value=155.4,
                unit="s",
                reference=88.2,
                check="rerun-is-identical",
            ),
        ),
        claims=(
            ClaimResult(
                id="rows_quarantined",
                text="How many rows of your own data went to quarantine?",
                unit="rows",
                claimed=113,
                measured=131,
                tolerance=0,
                verdict=ClaimVerdict.CONTRADICTED,
            ),
            ClaimResult(
                id="orders",
                text="How many orders are in your output?",
                unit="rows",
                claimed=28371,
                measured=28371,
                tolerance=0,
                verdict=ClaimVerdict.CONFIRMED,
            ),
            ClaimResult(
                id="peak_memory",
                text="How much memory does your program need on five times the volume?",
                unit="MiB",
                claimed=400,
                measured=None,
                tolerance=50,
                verdict=ClaimVerdict.UNVERIFIABLE,
            ),
        ),
        writeup=Writeup(
            found=True,
            source="WRITEUP.md",
            answers=(
                Answer(
                    prompt="P1",
                    title="Which row wins",
                    question="How do you decide which version of an order counts, and what"
                    " would break your rule?",
                    criterion="reasoning",
                    answer=_P1,
                    words=96,
                    max_words=150,
                    within_limit=True,
                ),
                Answer(
                    prompt="P2",
                    title="Memory",
                    question="What did you do to stay within 1 GiB, and how do you know?",
                    criterion="operations",
                    answer="I read file by file and only keep ids and sums. I measured it with"
                    " `/usr/bin/time` on the public data: 87 MB.\n\n> I did not try larger data;"
                    " with another hour I would have.\n",
                    words=212,
                    max_words=120,
                    within_limit=False,
                ),
                Answer(
                    prompt="P3",
                    title="What you left out",
                    question="What would you do next with a day more?",
                    criterion="reasoning",
                    answer="",
                    words=0,
                    max_words=100,
                    within_limit=True,
                ),
            ),
            missing=("P3",),
            ai_use="I used an assistant for the argument parser and for a first version of the"
            " tests. I *rewrote* the deduplication myself, because its version kept the last row"
            " in file order.",
            problems=("The claim peak_mem is 'about 400', not a number.",),
        ),
        commits=tuple(
            CommitFacts(sha=sha(subject)[:40], at=f"2026-03-02T{hour}:12:00+01:00", subject=subject)
            for hour, subject in (
                ("11", "Read the feed and write orders"),
                ("12", "Quarantine rows without an id"),
                ("13", "Convert currencies"),
                ("14", "Write up"),
            )
        ),
        notes=("everything lay in one folder, 'etl-task', which was taken off",),
        flags=(
            Flag(
                id="claim_contradicted",
                text="The write-up states 113 rows in quarantine; the checks counted 131.",
            ),
        ),
        provenance=PROVENANCE,
    )


def notebook() -> Evidence:
    """A notebook with pictures."""
    cells = (
        CellFacts(
            index=1,
            source="import pandas as pd\nfrom sklearn.ensemble import"
            " HistGradientBoostingClassifier\n\nAS_OF = pd.Timestamp('2026-03-01')\n"
            "events = pd.read_csv('data/events.csv', parse_dates=['at'])\n"
            "events.shape",
            text="(184 220, 7)",
            seconds=1.21,
        ),
        CellFacts(
            index=2,
            source="def features(events: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:\n"
            '    """Only what was known on the day."""\n'
            "    known = events[events['at'] < as_of]  # strictly before\n"
            "    last = known.groupby('customer')['at'].max()\n"
            "    return pd.DataFrame({'days_silent': (as_of - last).dt.days})\n",
            text="",
            seconds=0.02,
        ),
        CellFacts(
            index=3,
            source="importance.plot.bar(figsize=(6, 2.5))",
            text="<Axes: >",
            png=(encode(png()),),
            seconds=0.33,
        ),
        CellFacts(
            index=4,
            source="model.predict_proba(live)",
            text="",
            error="NotFittedError: This instance is not fitted yet. Call 'fit' first.",
            png=("bm90IGEgcG5n",),
            seconds=0.01,
        ),
    )
    return Evidence(
        submission=submission("HERON-07", "notebook", files=1, bytes=88_104),
        task=CHURN,
        variant=VariantFacts(id="v-1b22c8", public_sha256=sha("churn public")),
        state=State.GRADED,
        runs=(
            run("public", "public", command=(), cells=cells, wall_time_s=38.4, deliverables=()),
            run(
                "fresh",
                "fresh",
                command=(),
                cells=cells[:2],
                exit_kind=ExitKind.TIMED_OUT,
                exit_code=None,
                wall_time_s=900.0,
                deliverables=(),
            ),
        ),
        checks=(
            check(
                "blind-to-the-future",
                "validity",
                Outcome.FAILED,
                3,
                "Changing what happened after the forecast's day changes no forecast.",
                "1 204 of 5 000 forecasts changed; the feature closed_tickets is known too late",
            ),
            check(
                "beats-the-baseline",
                "validity",
                Outcome.PASSED,
                2,
                "On live data it is better than the rate of last month.",
            ),
        ),
        criteria=(
            criterion(
                "validity",
                "Validity of the evaluation",
                "The stated quality is what the business would see.",
                ("Leaks.", "Leaks a little.", "Does not leak.", "As 3, and proves it."),
                non_negotiable=True,
                points=2,
                max_points=5,
                machine_state=MachineState.PARTLY,
            ),
        ),
        measurements=(
            Measurement(
                name="auc_live", value=0.751, unit="1", reference=0.826, check="beats-the-baseline"
            ),
            Measurement(
                name="lift_at_5_percent",
                value=3.2,
                unit="",
                reference=2.9,
                check="beats-the-baseline",
            ),
        ),
        writeup=Writeup(found=False, missing=("P1",)),
        provenance=PROVENANCE,
    )


def service() -> Evidence:
    """A service that met everything."""
    return Evidence(
        submission=submission("ZEBRA-19", "service"),
        task=SCORING,
        state=State.GRADED,
        runs=(
            run(
                "serve",
                "public",
                command=("python", "-m", "serve", "--port", "8080"),
                wall_time_s=71.0,
                memory_peak_bytes=212 * MIB,
                stdout="\n".join(f"POST /score 200 {n % 17 + 3} ms" for n in range(2000)),
                deliverables=(),
            ),
        ),
        checks=tuple(
            check(f"load-{name}", "latency", Outcome.PASSED, 1, f"Holds under {name} load.")
            for name in ("steady", "bursty", "cold-start")
        ),
        criteria=(
            criterion(
                "latency",
                "Latency under load",
                "p95 below 80 ms.",
                ("a", "b", "c", "d"),
                points=3,
                max_points=3,
                machine_state=MachineState.MET,
            ),
        ),
        measurements=(
            Measurement(name="p95_ms", value=61.8, unit="ms", reference=48.0, check="load-steady"),
        ),
        writeup=Writeup(found=True, source="WRITEUP.md"),
        provenance=PROVENANCE,
    )


def invalid() -> Evidence:
    return Evidence(
        submission=submission("OTTER-03"),
        task=ORDERS,
        state=State.INVALID_SUBMISSION,
        problems=(
            "'etl.py' is missing: the brief asks for it at the top of the repository",
            "'data/dump.parquet' has 81 MiB; at most 25 MiB are taken per file",
            "'run.sh' is a link that leads out of the submission: hand in the file itself",
        ),
    )


def not_gradable() -> Evidence:
    return Evidence(
        submission=submission("RAVEN-88"),
        task=ORDERS,
        state=State.NOT_GRADABLE,
        reason="The machine's fault: no Docker engine answered for 120 s while the run `fresh` was"
        " to be started. Tried 3 times.",
        runs=(run("public", "public"),),
        provenance=PROVENANCE,
    )


def cohort() -> list[Evidence]:
    """Eight candidates on one task, of whom two were not graded; two on others."""
    base = repo()
    codes = ("LYNX-42", "ADDER-11", "BISON-05", "CRANE-77", "DINGO-23", "EGRET-64")
    found = [_vary(base, code, number) for number, code in enumerate(codes)]
    return [*found, invalid(), not_gradable(), notebook(), service()]


def _vary(base: Evidence, code: str, number: int) -> Evidence:
    outcomes = list(Outcome)
    checks = tuple(
        one.model_copy(update={"outcome": outcomes[(number * (place + 1)) % 4]})
        if number and (number + place) % 3 == 0
        else one
        for place, one in enumerate(base.checks)
    )
    measurements = tuple(
        one.model_copy(
            update={
                "value": one.value * (1 + number * 0.11),
                "reference": None if one.reference is None else one.reference * (1 + number * 0.02),
            }
        )
        for one in base.measurements
    )
    return base.model_copy(
        update={
            "submission": submission(code),
            "checks": checks if number != 4 else checks[:-1],
            "measurements": measurements if number != 3 else measurements[:2],
        }
    )


ATTACKS = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>' onmouseover='alert(1)",
    "</style><style>*{display:none}</style></title></textarea></pre><svg onload=alert(1)>",
    "\x1b[31mred\x1b[0m\x07\x00 \u202egnp.exe\u2066 zero\u200bwidth\ufeff \U000e0041 \ud800",
    "{{ 7*7 }}{% raw %} https://evil.example/x.png javascript:alert(1)",
    "[click](javascript:alert(1)) ![i](https://evil.example/i.png) <https://evil.example>",
    "&#x202E;&lt;script&gt; Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319"
    + "\u0300" * 60
    + "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "A" * 3000,
)
HOSTILE = " ".join(ATTACKS[:-1]) + "\n" + ATTACKS[-1]


def hostile() -> Evidence:
    """Every string of the evidence replaced by attacks, the links between its parts kept."""
    decoded = repo().model_dump(mode="json")
    decoded["runs"][0]["cells"] = notebook().model_dump(mode="json")["runs"][0]["cells"]
    return Evidence.model_validate(_poison(decoded, ""))


_ENUMS = {"state", "outcome", "machine_state", "verdict", "exit_kind", "schema_version"}


def _poison(value: Any, key: str) -> Any:
    match value:
        case dict():
            return {name: _poison(item, name) for name, item in value.items()} | (
                {HOSTILE: value["wall_time_s"]} if key == "limits" else {}
            )
        case list():
            return [_poison(item, key) for item in value]
        case str() if key in _ENUMS:
            return value
        case str():
            return f"{value[:40]} {HOSTILE}" if key not in ("id", "check", "criterion") else value
        case _:
            return value


def hostile_ids() -> Evidence:
    """As ``hostile``, and the ids that hold the parts together are attacks, too."""

    def poison(value: Any, key: str) -> Any:
        match value:
            case dict():
                return {name: poison(item, name) for name, item in value.items()}
            case list():
                return [poison(item, key) for item in value]
            case str() if key in ("id", "check", "criterion"):
                return f"{value} {HOSTILE}"
            case _:
                return value

    return Evidence.model_validate(poison(hostile().model_dump(), ""))


PAGES = {
    "repo": repo,
    "notebook": notebook,
    "service": service,
    "invalid": invalid,
    "not_gradable": not_gradable,
    "hostile": hostile,
    "hostile_ids": hostile_ids,
}
