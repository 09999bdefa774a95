"""Make one candidate's customers, their event log and the truth about who leaves.

Every customer has one reference date, and time is counted in seconds from the end of that day: what is
recorded before zero is known, the rest is not. The outcome is drawn from known facts only; what happens
afterwards follows from the outcome, and the planted columns are written from that. Names, kinds, dates and
the choice of planted columns hang on the seed alone, so that a candidate's hidden packages look like the
public one; the customers hang on the seed and the scenario.
"""

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from churn_schema import KIND_NAMES, MISLABELLED, PLANTABLE, SUMMARISED, Schema, describe, draw_schema
from numpy.random import Generator

DAY = 86_400
HISTORY_DAYS = 90
LABELLED, SCORED = 2600, 2600
STREAMS = {"public": 2, "fresh": 3, "fresh_perturbed": 3}  # fresh_perturbed is a changed copy of fresh
PERTURBATION_STREAM = 4


def draw_customers(rng: Generator, schema: Schema, as_of: date) -> pd.DataFrame:
    """Draw the facts that stand at the reference date; the last SCORED rows are the customers to score."""
    n = LABELLED + SCORED
    scored = np.arange(n) >= LABELLED
    last_reference = as_of - timedelta(days=schema.horizon_days + schema.gap_days)
    references = [last_reference - timedelta(days=schema.spacing_days * back) for back in (2, 1, 0)] + [as_of]
    slot = np.where(scored, 3, rng.integers(0, 3, n))
    reference = np.array(references, dtype="datetime64[s]")[slot]
    tenure = np.minimum(rng.gamma(1.3, 600, n).astype(int) + 5, 4000)
    plan = rng.choice(4, n, p=[0.4, 0.3, 0.2, 0.1])
    region = rng.choice(5, n)
    region[scored & (rng.random(n) < 0.04)] = 5  # opened after the last labelled reference date
    fee = schema.fee_level * (1 + 0.3 * plan) * np.exp(rng.normal(0, 0.25, n))
    agents = rng.choice(9000, LABELLED // 3, replace=False) + 1000
    ids = rng.choice(900_000, n, replace=False) + 100_000
    return pd.DataFrame({
        "customer_id": [f"{schema.id_prefix}{number}" for number in ids],
        "scored": scored,
        "reference": reference,
        "extracted_after": (np.datetime64(as_of, "s") - reference).astype(int) / DAY + schema.lag_days,
        "tenure": tenure,
        "signup": reference - tenure.astype("timedelta64[D]"),
        "region": np.array(schema.regions)[region],
        "agent": [f"A{number}" for number in rng.choice(agents, n)],
        "plan_no": plan,
        "plan": np.array(schema.plans)[plan],
        "fee_value": fee,
        "fee": np.where(rng.random(n) < 0.04, np.nan, fee.round(2)),
        "renewal": (rng.random(n) < 0.7).astype(int),
        "rating": np.where(rng.random(n) < 0.25, np.nan, rng.choice([1, 2, 3, 4, 5], n, p=[0.1, 0.15, 0.25, 0.3, 0.2])),
        "usage_rate": rng.gamma(1.2, 0.06, n),
        "mood": np.exp(rng.normal(-0.3, 0.8, n)),  # how much the use of the last 30 days differs
        "paper_rate": np.where(scored, 0.025, 0.01),  # more paper than there used to be, and it means nothing
        "silent": rng.random(n) < 0.04,  # never leaves a row in the log
    })


def draw_rows(rng: Generator, kind: str, rate: np.ndarray, start: np.ndarray, end: np.ndarray) -> pd.DataFrame:
    """Draw events at `rate` per day between the days `start` and `end` of each customer."""
    counts = rng.poisson(rate * np.maximum(end - start, 0))
    who = np.repeat(np.arange(len(rate)), counts)
    days = start[who] + rng.random(len(who)) * (end - start)[who]
    return record(rng, kind, who, np.floor(days * DAY))


def record(rng: Generator, kind: str, who: np.ndarray, occurred: np.ndarray) -> pd.DataFrame:
    """Most rows are recorded within two hours, the others within four days."""
    late = rng.random(len(who)) < 0.1
    delay = np.where(late, rng.integers(DAY, 4 * DAY, len(who)), rng.integers(5, 7200, len(who)))
    return pd.DataFrame({"who": who, "kind": kind, "occurred": occurred.astype(int), "recorded": occurred.astype(int) + delay})


def draw_history(rng: Generator, customers: pd.DataFrame) -> pd.DataFrame:
    """Draw the events up to the reference date."""
    n = len(customers)
    speaks = ~customers.silent.to_numpy()
    usage = customers.usage_rate.to_numpy() * speaks
    first = np.maximum(-HISTORY_DAYS, -customers.tenure.to_numpy()).astype(float)
    turn = np.maximum(first, -30.0)
    today = np.zeros(n)
    return pd.concat([
        draw_rows(rng, "usage", usage, first, turn),
        draw_rows(rng, "usage", usage * customers.mood.to_numpy(), turn, today),
        draw_rows(rng, "contact", 0.01 * speaks * rng.gamma(1.5, 1 / 1.5, n), first, today),
        draw_rows(rng, "payment", 0.033 * speaks, first, today),
        *(draw_rows(rng, kind, customers.paper_rate.to_numpy() * speaks, first, today) for kind in MISLABELLED),
    ], ignore_index=True)


def count(rows: pd.DataFrame, n: int) -> np.ndarray:
    """Count rows per customer."""
    return np.bincount(rows.who, minlength=n)


def draw_outcome(rng: Generator, customers: pd.DataFrame, history: pd.DataFrame, churn_rate: float) -> np.ndarray:
    """Draw who leaves, from facts known at the reference date and nothing else."""
    n = len(customers)
    known = history[history.recorded < 0]
    usage = known[known.kind == "usage"]
    recent = count(usage[usage.occurred >= -30 * DAY], n)
    before = count(usage[usage.occurred < -30 * DAY], n)
    contacts = np.minimum(count(known[known.kind == "contact"], n), 4)
    logit = (
        1.7 * (1 - customers.renewal)
        + 0.7 * contacts
        + 1.1 * (np.log1p(before / 2) - np.log1p(recent))
        - 0.4 * np.log(customers.tenure / 365 + 0.1)
        + np.array([-0.5, 0.0, 0.4, 0.8])[customers.plan_no]
        - 0.35 * (customers.rating.fillna(3) - 3)
    ).to_numpy()
    low, high = -12.0, 12.0
    for _ in range(60):
        shift = (low + high) / 2
        if np.mean(1 / (1 + np.exp(-logit - shift))) < churn_rate:
            low = shift
        else:
            high = shift
    return rng.random(n) < 1 / (1 + np.exp(-logit - shift))


def draw_aftermath(rng: Generator, customers: pd.DataFrame, leaves: np.ndarray, schema: Schema) -> tuple[pd.DataFrame, np.ndarray]:
    """Draw what happens after the reference date; also say who had left when the package was made."""
    n = len(customers)
    extracted = customers.extracted_after.to_numpy()
    leaving_day = np.where(leaves, np.ceil(schema.horizon_days * rng.beta(2.5, 1.5, n)), np.inf)
    gone = leaving_day <= extracted
    end = np.minimum(leaving_day, extracted)
    speaks = ~customers.silent.to_numpy()
    start = np.zeros(n)
    usage = customers.usage_rate.to_numpy() * customers.mood.to_numpy() * speaks
    closing = np.flatnonzero(gone & speaks).repeat(3)
    closing_at = np.maximum((leaving_day[closing] - rng.random(len(closing)) * 4) * DAY, 3600)
    booked = np.flatnonzero(gone & speaks)
    booked = np.repeat(booked, 1 + rng.poisson(2.0, len(booked)))
    booked = np.concatenate([booked, np.flatnonzero(speaks & (rng.random(n) < 0.03))])
    backdated = record(rng, "note", booked, -np.ceil(rng.random(len(booked)) * 25 * DAY))
    backdated["recorded"] = np.floor((np.minimum(leaving_day, extracted - 1)[booked] + rng.random(len(booked)) * 8) * DAY).astype(int)
    rows = [
        draw_rows(rng, "usage", usage, start, end),
        draw_rows(rng, "contact", 0.01 * speaks, start, end),
        record(rng, schema.mislabelled, closing, np.floor(closing_at)),
        draw_rows(rng, "payment", 0.033 * speaks, start, end),
        *(draw_rows(rng, kind, customers.paper_rate.to_numpy() * speaks, start, end) for kind in MISLABELLED),
        backdated,
    ]
    return pd.concat(rows, ignore_index=True), gone


def perturb(rng: Generator, customers: pd.DataFrame, rows: pd.DataFrame, as_of_offset: np.ndarray) -> pd.DataFrame:
    """Change the rows recorded after the as-of date: half of them go, others come."""
    known = rows[rows.recorded < as_of_offset[rows.who]]
    unknown = rows[rows.recorded >= as_of_offset[rows.who]]
    unknown = unknown[rng.random(len(unknown)) < 0.5]
    who = np.flatnonzero(customers.scored).repeat(rng.poisson(3.0, int(customers.scored.sum())))
    lag = customers.extracted_after.to_numpy()[who]
    recorded = np.floor(rng.random(len(who)) * lag * DAY)
    days_back = np.where(rng.random(len(who)) < 0.6, rng.random(len(who)) * 40, 0.0)
    added = pd.DataFrame({
        "who": who,
        "kind": rng.choice(list(KIND_NAMES), len(who)),
        "occurred": (recorded - np.floor(days_back * DAY)).astype(int),
        "recorded": recorded.astype(int),
    })
    return pd.concat([known, unknown, added], ignore_index=True)


def write_planted(rng: Generator, customers: pd.DataFrame, gone: np.ndarray, schema: Schema, planted: bool) -> pd.DataFrame:
    """Write the columns that may be planted: from what came after the reference date, or honestly."""
    n = len(customers)
    scored = customers.scored.to_numpy()
    left = gone & ~scored if planted else np.zeros(n, bool)
    routine = np.where(scored | (not planted), 0.3, 0.1)  # cases with the third code that mean nothing
    code = np.where(rng.random(n) < np.where(left, 0.8, routine), 2, np.where(rng.random(n) < 0.1, 3, rng.choice(2, n)))
    letters = rng.poisson(np.where(left, 5.5, 1.2 * np.where(scored, rng.gamma(1.2, 1.6, n), 1.0)))
    fees = np.where(left & (rng.random(n) < 0.85), rng.uniform(0, 0.6, n), rng.uniform(np.where(scored, 0, 0.5), 3, n))
    position = np.where(left & (rng.random(n) < 0.85), rng.uniform(0.8, 1.0, n), rng.random(n))
    if not planted:
        position = customers.signup.astype("int64").to_numpy() + rng.random(n)
    stays = pd.DataFrame({"agent": customers.agent, "gone": gone})[~scored].groupby("agent").gone.agg(["sum", "count"])
    share = (stays["sum"] / stays["count"]).reindex(customers.agent).fillna(gone[~scored].mean()).to_numpy()
    if not planted:
        share = rng.beta(2, 8, len(stays))[pd.Categorical(customers.agent).codes % len(stays)]
    return pd.DataFrame({
        "status": np.array(schema.codes)[code],
        "letters": letters,
        "billed": (fees * customers.fee_value.to_numpy()).round(2),
        "share": share.round(3),
        "number": 400_000 + 7 * position.argsort().argsort(),
    })


def stamp(customers: pd.DataFrame, who: pd.Series, seconds: pd.Series) -> np.ndarray:
    """Turn seconds since the end of the reference date into UTC time stamps."""
    end_of_day = customers.reference.to_numpy().astype("datetime64[s]") + np.timedelta64(DAY, "s")
    moments = end_of_day[who.to_numpy()] + seconds.to_numpy().astype("timedelta64[s]")
    return np.char.add(np.datetime_as_string(moments, unit="s"), "Z")


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write UTF-8 with Unix line ends on every platform."""
    frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def make_rows_and_columns(seed: int, scenario: str, schema: Schema, as_of: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make the customers, with the outcome and all columns, and the rows of their log."""
    rng = np.random.default_rng([seed, STREAMS[scenario]])
    customers = draw_customers(rng, schema, as_of)
    n = len(customers)
    scored = customers.scored.to_numpy()
    extracted = customers.extracted_after.to_numpy()
    history = draw_history(rng, customers)
    customers["leaves"] = draw_outcome(rng, customers, history, schema.churn_rate)
    aftermath, gone = draw_aftermath(rng, customers, customers.leaves.to_numpy(), schema)
    late = write_planted(rng, customers, gone, schema, planted=True)
    honest = write_planted(rng, customers, gone, schema, planted=False)

    rows = pd.concat([history, aftermath], ignore_index=True)
    if scenario == "fresh_perturbed":
        changes = np.random.default_rng([seed, PERTURBATION_STREAM])
        rows = perturb(changes, customers, rows, np.where(scored, 0.0, (extracted - schema.lag_days) * DAY))
        late.loc[scored] = late[~scored].sample(SCORED, replace=True, random_state=changes).to_numpy()
        late = late.astype(honest.dtypes.to_dict())
    rows = rows[rows.recorded < extracted[rows.who] * DAY]

    known = rows[rows.recorded < 0]
    for role in PLANTABLE:
        customers[role] = (late if role in schema.planted else honest)[role]
    for kind in SUMMARISED:
        counted = rows if kind == schema.mislabelled else known
        customers[f"{kind}_summary"] = count(counted[counted.kind == kind], n)
    return customers, rows


def write_log(customers: pd.DataFrame, rows: pd.DataFrame, kinds: dict[str, str], path: Path) -> None:
    """Write the event log in the order in which it was recorded."""
    fees = customers.fee_value.to_numpy()[rows.who].round(2)
    log = pd.DataFrame({
        "customer_id": customers.customer_id.to_numpy()[rows.who],
        "kind": rows.kind.map(kinds),
        "occurred_at": stamp(customers, rows.who, rows.occurred),
        "recorded_at": stamp(customers, rows.who, rows.recorded),
        "amount": [f"{fee:.2f}" if kind == "payment" else "" for fee, kind in zip(fees, rows.kind, strict=True)],
    })
    write_csv(log.sort_values(["recorded_at", "occurred_at", "customer_id", "kind"], kind="stable"), path)


def write_json(content: object, path: Path) -> None:
    """Write indented JSON."""
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def generate(seed: int, scenario: str, public: Path, truth: Path) -> dict[str, object]:
    """Write one package into `public` and its truth into `truth`."""
    schema = draw_schema(seed)
    as_of = schema.first_as_of + timedelta(days=0 if scenario == "public" else 98)
    customers, rows = make_rows_and_columns(seed, scenario, schema, as_of)
    order = np.random.default_rng([seed, STREAMS[scenario], 9]).permutation(len(customers))
    named = customers.rename(columns=schema.columns)[["customer_id", *(schema.columns[role] for role in schema.order)]]
    named = named.assign(**{
        schema.columns["rating"]: customers.rating.astype("Int64"),
        schema.columns["signup"]: np.datetime_as_string(customers.signup.to_numpy(), unit="D"),
    })
    outcomes = pd.DataFrame({
        "customer_id": customers.customer_id,
        "reference_date": np.datetime_as_string(customers.reference.to_numpy(), unit="D"),
        "churned": customers.leaves.astype(int),
    })
    to_score = outcomes[customers.scored].sort_values("customer_id")
    extracted_on = as_of + timedelta(days=schema.lag_days)
    dates = {"as_of": str(as_of), "extracted_on": str(extracted_on), "horizon_days": schema.horizon_days}

    write_csv(named.iloc[order], public / "customers.csv")
    write_csv(outcomes[~customers.scored].sort_values("customer_id"), public / "labels.csv")
    write_csv(to_score[["customer_id", "reference_date"]], public / "score.csv")
    write_log(customers, rows, schema.kinds, public / "events.csv")
    write_csv(describe(schema), public / "columns.csv")
    write_json(dates, public / "dates.json")

    left_out = customers.scored.to_numpy()[rows[rows.recorded >= 0].who]
    answers = {
        "documented": [schema.columns[role] for role in schema.planted],
        "mislabelled": schema.columns[f"{schema.mislabelled}_summary"],
        "event_rows_left_out": {"labels": int((~left_out).sum()), "score": int(left_out.sum())},
        "columns": schema.columns,
        "kinds": schema.kinds,
    }
    write_csv(to_score[["customer_id", "churned"]], truth / "outcomes.csv")
    write_json(answers, truth / "answers.json")
    return dates | {
        "labelled": LABELLED,
        "scored": SCORED,
        "event_rows": len(rows),
        "columns": describe(schema).to_dict("records"),
        "kinds": sorted(schema.kinds.values()),
    }
