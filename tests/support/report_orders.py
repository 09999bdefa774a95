"""One grading in full: good work with a real gap, a run cut off and a check that is broken."""

from __future__ import annotations

from report_parts import (
    GIB,
    ORDERS,
    PROVENANCE,
    check,
    criterion,
    run,
    sha,
    submission,
)

from graders.evidence import (
    Answer,
    ClaimResult,
    ClaimVerdict,
    CommitFacts,
    DeliverableFacts,
    Evidence,
    ExitKind,
    Flag,
    MachineState,
    Measurement,
    Outcome,
    State,
    VariantFacts,
    Writeup,
)

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
