"""The names, dates and planted columns of one candidate: what all packages with the same seed share."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

SCHEMA_STREAM = 1

COLUMN_NAMES = {
    "signup": ("signed_up_on", "customer_since", "joined_on", "opened_on"),
    "region": ("region", "area", "territory", "zone"),
    "agent": ("account_manager", "agent", "dealer", "broker"),
    "plan": ("plan", "tariff", "package", "product"),
    "fee": ("monthly_fee", "list_price", "base_fee", "standing_charge"),
    "renewal": ("auto_renewal", "renews_itself", "rolling_contract", "standing_renewal"),
    "rating": ("survey_score", "rating", "satisfaction", "last_rating"),
    "status": ("account_code", "service_code", "file_state", "handling_code"),
    "letters": ("letters", "mailings", "notices", "outbound_mail"),
    "billed": ("billed_quarter", "quarter_billing", "quarter_amount", "amount_qtd"),
    "share": ("portfolio_share", "book_rate", "peer_share", "desk_rate"),
    "number": ("record_no", "row_no", "entry_no", "sequence_no"),
}
KIND_NAMES = {
    "usage": ("visit", "login", "session", "booking"),
    "contact": ("ticket", "call", "enquiry", "complaint"),
    "payment": ("payment", "invoice", "instalment", "debit"),
    "note": ("adjustment", "correction", "review", "memo"),
    "statement": ("statement", "receipt", "report", "summary"),
    "mail": ("newsletter", "reminder", "offer", "invitation"),
}
SUMMARY_TEMPLATES = ("{}_90d", "n_{}", "{}_count", "{}_rows")
SUMMARISED = ("usage", "contact", "note", "statement", "mail")
MISLABELLED = ("note", "statement", "mail")  # kinds that say nothing about who leaves until it has happened
REGIONS = ("Aldermoor", "Brackwater", "Corrin", "Dunmere", "Estwold", "Farrow", "Glenhythe", "Harrowgate", "Inverlea")
PLANS = ("amber", "birch", "cedar", "dune", "ember", "flint", "grove")

# What the dictionary says of a column, if it is honest and if it is planted: (meaning, written).
MEANINGS = {
    "status": (("Code of the last case handled on the account, up to the reference date", "dated"),
               ("Code of the last case handled on the account", "case")),
    "letters": (("Letters sent to the customer, up to the reference date", "dated"),
                ("Letters sent to the customer", "nightly")),
    "billed": (("Amount billed in the calendar quarter of the reference date, up to that date", "dated"),
               ("Amount billed in the current calendar quarter", "nightly")),
    "share": (("Share of the same {agent}'s customers that left in the calendar year before the reference date", "dated"),
              ("Share of the same {agent}'s customers that left", "report")),
    "number": (("Running number of the customer's row", "once"), ("Running number of the customer's row", "change")),
}
PLANTABLE = tuple(MEANINGS)


@dataclass(frozen=True)
class Schema:
    """What all packages of one candidate share."""

    columns: dict[str, str]
    kinds: dict[str, str]
    order: list[str]
    planted: list[str]  # roles whose dictionary entry says that they are written too late
    mislabelled: str  # the kind whose summary column says "dated" and is not
    horizon_days: int
    first_as_of: date
    lag_days: int
    gap_days: int
    spacing_days: int
    regions: list[str]
    plans: list[str]
    codes: list[str]
    id_prefix: str
    churn_rate: float
    fee_level: float


def draw_schema(seed: int) -> Schema:
    """Choose names, dates and planted columns."""
    rng = np.random.default_rng([seed, SCHEMA_STREAM])
    columns = {role: str(rng.choice(names)) for role, names in COLUMN_NAMES.items()}
    kinds = {role: str(rng.choice(names)) for role, names in KIND_NAMES.items()}
    template = str(rng.choice(SUMMARY_TEMPLATES))
    columns |= {f"{role}_summary": template.format(kinds[role]) for role in SUMMARISED}
    letters = list("ABCDEFGHJKLMNPRSTUVWXYZ")
    return Schema(
        columns=columns,
        kinds=kinds,
        order=[str(role) for role in rng.permutation(list(columns))],
        planted=sorted(str(role) for role in rng.choice(PLANTABLE, size=rng.integers(2, 4), replace=False)),
        mislabelled=str(rng.choice(MISLABELLED)),
        horizon_days=int(rng.choice([30, 42, 56])),
        first_as_of=date(2024, 6, 1) + timedelta(days=int(rng.integers(0, 300))),
        lag_days=int(rng.integers(3, 6)),
        gap_days=int(rng.integers(6, 15)),
        spacing_days=int(rng.integers(18, 25)),
        regions=[str(name) for name in rng.choice(REGIONS, size=6, replace=False)],
        plans=[str(name) for name in rng.choice(PLANS, size=4, replace=False)],
        codes=[f"{letter}{rng.integers(1, 10)}" for letter in rng.choice(letters, size=4, replace=False)],
        id_prefix="".join(rng.choice(letters, size=2)),
        churn_rate=float(rng.uniform(0.19, 0.25)),
        fee_level=float(rng.uniform(12, 60)),
    )


def describe(schema: Schema) -> pd.DataFrame:
    """Write the data dictionary of customers.csv."""
    fixed = {
        "signup": ("date", "First day as a customer", "once"),
        "region": ("text", "Where the customer lives", "once"),
        "agent": ("text", "Who looks after the account", "once"),
        "plan": ("text", "What the customer pays for", "dated"),
        "fee": ("number", "Price per month; blank if unknown", "dated"),
        "renewal": ("0 or 1", "1 if the contract renews without the customer's doing", "dated"),
        "rating": ("1 to 5", "Last answer to the satisfaction survey, 5 is best; blank if never answered", "dated"),
    }
    types = {"status": "text", "letters": "whole number", "billed": "number", "share": "0 to 1", "number": "whole number"}
    entries = []
    for role in schema.order:
        if role in fixed:
            kind, meaning, written = fixed[role]
        elif role in MEANINGS:
            meaning, written = MEANINGS[role][role in schema.planted]
            kind = types[role]
        else:
            name = schema.kinds[role.removesuffix("_summary")]
            kind, written = "whole number", "dated"
            meaning = f"Rows of kind `{name}` in events.csv up to the reference date"
        entries.append((schema.columns[role], kind, meaning.format(agent=schema.columns["agent"].replace("_", " ")), written))
    return pd.DataFrame(entries, columns=["column", "type", "meaning", "written"])
