"""A plain, sound model of the same package: what the candidate's model is compared with."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

RECENT = pd.Timedelta(days=30)


def known_rows(events: pd.DataFrame, cutoff: pd.Series) -> pd.DataFrame:
    """Keep what was recorded by the end of each customer's reference date, with its age at that moment."""
    until = events["customer_id"].map(cutoff)
    age = until - pd.to_datetime(events["occurred_at"])
    return events.assign(age=age)[pd.to_datetime(events["recorded_at"]) < until]


def features(public: Path, columns: dict[str, str], kinds: dict[str, str]) -> tuple[pd.DataFrame, pd.Series]:
    """Build features from honest columns only; also give the labels of the customers that have one."""
    labels = pd.read_csv(public / "labels.csv").set_index("customer_id")
    score = pd.read_csv(public / "score.csv").set_index("customer_id")
    customers = pd.read_csv(public / "customers.csv").set_index("customer_id")
    reference = pd.to_datetime(pd.concat([labels["reference_date"], score["reference_date"]]))
    rows = known_rows(pd.read_csv(public / "events.csv"), (reference + pd.Timedelta(days=1)).dt.tz_localize("UTC"))
    customers = customers.loc[reference.index]

    def count(role: str, *, recent: bool | None = None) -> pd.Series:
        chosen = rows[rows["kind"] == kinds[role]]
        if recent is not None:
            chosen = chosen[(chosen["age"] <= RECENT) == recent]
        return chosen.groupby("customer_id").size().reindex(reference.index, fill_value=0)

    fee = customers[columns["fee"]]
    rating = customers[columns["rating"]].astype(float)
    tenure = (reference - pd.to_datetime(customers[columns["signup"]])).dt.days
    table = pd.DataFrame({
        "tenure": np.log(tenure / 365 + 0.1),
        "renewal": customers[columns["renewal"]],
        "fee": np.log(fee.fillna(fee[labels.index].median())),
        "rating": rating.fillna(3.0),
        "contacts": count("contact").clip(upper=4),
        "recent": np.log1p(count("usage", recent=True)),
        "before": np.log1p(count("usage", recent=False)),
    })
    plans = pd.get_dummies(customers[columns["plan"]], dtype=float)
    return table.join(plans), labels["churned"]


@cache
def reference_scores(public: Path, columns: tuple[tuple[str, str], ...], kinds: tuple[tuple[str, str], ...]) -> pd.Series:
    """Fit the reference on the labelled customers and give its probabilities for the scored ones, by customer."""
    table, churned = features(public, dict(columns), dict(kinds))
    fitted = table.loc[churned.index]
    standard = (table - fitted.mean()) / fitted.std()
    model = LogisticRegression().fit(standard.loc[churned.index].to_numpy(), churned)
    scored = standard.drop(churned.index)
    return pd.Series(model.predict_proba(scored.to_numpy())[:, 1], index=scored.index)
