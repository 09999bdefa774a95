"""Step 3: one candidate's data and the truth about it. Runs in a grade container.

Change first: `draw_shops`, the world while it is still clean. Write down the truth there, and only
then make the mess: so the truth is known by construction and never computed from the messy file.
Everything comes from the seed; no clock, no hash order. All a candidate could copy must differ from
seed to seed.
"""

from pathlib import Path

import numpy as np
import pandas as pd

STREAMS = {"public": 0, "fresh": 1}  # a stream of its own for each scenario that a run names
DAYS = 28
OFFLINE = -1


def draw_shops(rng: np.random.Generator) -> pd.DataFrame:
    """Return the shops with what they truly sell per day; each shows one difficulty and no other."""
    groups = ["plain"] * 10 + ["corrected"] * 8 + ["offline"] * 8
    codes = rng.choice(9000, size=len(groups), replace=False) + 1000
    return pd.DataFrame({
        "shop": [f"shop-{code}" for code in codes],
        "group": groups,
        "rate": np.exp(rng.uniform(np.log(40), np.log(200), size=len(groups))).round(3),
    })


def draw_counts(rng: np.random.Generator, shops: pd.DataFrame, first: pd.Timestamp) -> pd.DataFrame:
    """Return one row for each shop and day, sent after closing time: the clean data."""
    counts = shops.loc[shops.index.repeat(DAYS), ["shop", "group", "rate"]].reset_index(drop=True)
    day = np.tile(np.arange(DAYS), len(shops))
    counts["sold"] = rng.poisson(counts["rate"])
    counts["day"] = first + pd.to_timedelta(day, unit="D")
    counts["sent_at"] = counts["day"] + pd.to_timedelta(rng.integers(20 * 60, 23 * 60, size=len(day)), unit="min")
    return counts


def make_messy(rng: np.random.Generator, counts: pd.DataFrame) -> pd.DataFrame:
    """Return the rows as the tills sent them: first counts at noon, offline days, in any order."""
    counts = counts.copy()
    place = counts.groupby("shop").cumcount().to_numpy()
    hit = {group: rng.permutation(DAYS)[:count] for group, count in (("corrected", 12), ("offline", 8))}
    offline = (counts["group"] == "offline") & np.isin(place, hit["offline"])
    counts.loc[offline, "sold"] = OFFLINE
    early = counts[(counts["group"] == "corrected") & np.isin(place, hit["corrected"])].copy()
    early["sold"] = (early["sold"] * 0.3).astype(int)
    early["sent_at"] = early["day"] + pd.Timedelta(hours=12)
    rows = pd.concat([counts, early], ignore_index=True)
    return rows.iloc[rng.permutation(len(rows))]


def generate(seed: int, scenario: str, public: Path, truth: Path) -> dict[str, object]:
    """Write one scenario; the facts that are returned can be used in brief.md by their names."""
    rng = np.random.default_rng([seed, STREAMS[scenario]])
    shops = draw_shops(rng)
    first = pd.Timestamp("2024-01-01") + pd.Timedelta(days=int(rng.integers(700)))
    counts = draw_counts(rng, shops, first)
    # The reference: what a good answer can reach on this very data. Thresholds are relative to it.
    shops["reference"] = shops["shop"].map(counts.groupby("shop")["sold"].mean())
    shops.to_csv(truth / "shops.csv", index=False)
    rows = make_messy(rng, counts)
    (truth / "days_offline.json").write_text(str(int((rows["sold"] == OFFLINE).sum())))
    stamps = {"day": rows["day"].dt.strftime("%Y-%m-%d"), "sent_at": rows["sent_at"].dt.strftime("%Y-%m-%dT%H:%M")}
    rows.assign(**stamps)[["shop", "day", "sold", "sent_at"]].to_csv(public / "counts.csv", index=False)
    return {"shops": len(shops), "rows": len(rows), "days": DAYS, "first_day": str(first.date())}
