"""Evidence as gradings would leave it: one of each kind, a hostile one, and a cohort."""

from __future__ import annotations

from evidence_filler import fill
from hostile_text import HOSTILE
from report_orders import repo
from report_parts import (
    CHURN,
    MIB,
    ORDERS,
    PROVENANCE,
    SCORING,
    check,
    criterion,
    encode,
    png,
    run,
    sha,
    submission,
)

from graders.evidence import (
    CellFacts,
    Evidence,
    ExitKind,
    MachineState,
    Measurement,
    Outcome,
    State,
    VariantFacts,
    Writeup,
)

__all__ = ["PAGES", "cohort", "hostile", "invalid", "not_gradable", "notebook", "repo", "service"]


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


def hostile() -> Evidence:
    """Every string of the evidence replaced by all attempts at once."""
    return fill(HOSTILE)


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


PAGES = {
    "repo": repo,
    "notebook": notebook,
    "service": service,
    "invalid": invalid,
    "not_gradable": not_gradable,
    "hostile": hostile,
}
