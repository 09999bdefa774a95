"""Sales of two months: clean ones first, then lines that repeat and quantities that are missing."""

import json

import numpy as np
import pandas as pd

PRODUCTS = ("beans", "bread", "butter", "cheese", "coffee", "honey", "juice", "tea")
SALES = 4000
SPOILED = 120
"""So many lines are there twice, and as many have no quantity."""


def generate(seed, scenario, public, truth):
    """Write what was sold, and the answers."""
    rng = np.random.default_rng([seed, len(scenario)])
    days = pd.Timestamp("2026-03-02") + pd.to_timedelta(rng.integers(0, 61, SALES), unit="D")
    sales = pd.DataFrame(
        {
            "sale_id": np.arange(1, SALES + 1),
            "day": days.strftime("%Y-%m-%d"),
            "product": rng.choice(PRODUCTS, SALES),
            "quantity": rng.integers(1, 7, SALES),
            "price": rng.integers(100, 2000, SALES) / 100,
            "customer": [f"C{number:03d}" for number in rng.zipf(1.4, SALES) % 900],
        }
    )
    order = rng.permutation(SALES)
    unsaid, twice = order[:SPOILED], order[SPOILED : 2 * SPOILED]
    answers, daily = answer(sales.drop(index=unsaid))
    given = sales.astype({"quantity": "object"})
    given.loc[unsaid, "quantity"] = ""
    given = pd.concat([given, given.loc[twice]]).sample(frac=1.0, random_state=rng)
    given.to_csv(public / "sales.csv", index=False)
    daily.to_csv(truth / "daily.csv", index=False)
    (truth / "answers.json").write_text(json.dumps(answers))
    return {}


def answer(sales):
    """Return the answers, and the revenue of each day."""
    sales = sales.assign(revenue=sales["quantity"] * sales["price"])
    daily = sales.groupby("day", as_index=False)["revenue"].sum()
    days = sales.groupby("customer")["day"].nunique()
    by_weekday = sales.groupby(pd.to_datetime(sales["day"]).dt.day_name())["revenue"].sum()
    by_customer = sales.groupby("customer")["revenue"].sum()
    answers = {
        "rows": len(sales),
        "revenue": float(sales["revenue"].sum()),
        "best_product": sales.groupby("product")["revenue"].sum().idxmax(),
        "median_basket": float(sales.groupby(["customer", "day"])["revenue"].sum().median()),
        "returning": float((days >= 2).mean()),
        "best_weekday": by_weekday.idxmax(),
        "top_customers": by_customer.nlargest(5).index.tolist(),
    }
    return answers, daily
