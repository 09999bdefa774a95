"""Merge the order feeds of one delivery: python etl.py --in DATA --out OUT."""

import argparse
import csv
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from delivery import REASONS, Order, Store, Unusable, parse_order, read_rows, read_stores

Place = tuple[str, int]


def merge(versions: Iterable[Order]) -> Order | None:
    """Return the latest version of one order, or None where the latest rows disagree."""
    latest = max(version.updated_at for version in versions)
    newest = {version for version in versions if version.updated_at == latest}
    return newest.pop() if len(newest) == 1 else None


def process(source: Path, stores: dict[str, Store]) -> tuple[list[Order], dict[Place, str], int]:
    """Return the orders, the quarantine and the number of rows read."""
    quarantine: dict[Place, str] = {}
    versions: dict[str, list[tuple[Place, Order]]] = defaultdict(list)
    rows_in = 0
    for file, line, row in read_rows(source):
        rows_in += 1
        try:
            order = parse_order(row, stores)
        except Unusable as problem:
            quarantine[file, line] = str(problem)
        else:
            versions[order.order_id].append(((file, line), order))
    orders = []
    for rows in versions.values():
        order = merge([version for _, version in rows])
        if order is None:
            quarantine.update({place: "conflicting_versions" for place, _ in rows})
        else:
            orders.append(order)
    return sorted(orders, key=lambda order: order.order_id), quarantine, rows_in


def daily_revenue(orders: list[Order], stores: dict[str, Store]) -> Iterator[list[object]]:
    """Yield store, local day, currency, number of orders and revenue."""
    count, revenue = Counter(), Counter()
    for order in orders:
        day = order.ordered_at.astimezone(stores[order.store_id].zone).date().isoformat()
        key = (order.store_id, day, order.currency)
        count[key] += 1
        revenue[key] += order.amount_minor
    for key in sorted(count):
        yield [*key, count[key], revenue[key]]


def show(instant: datetime) -> str:
    """Write an instant as the brief wants it."""
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def write_table(path: Path, header: list[str], rows: Iterable[list[object]]) -> None:
    """Write a CSV file, replacing what an earlier run left."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def run(source: Path, target: Path) -> dict[str, object]:
    """Read the delivery, write the four files and return the summary."""
    stores = read_stores(source)
    orders, quarantine, rows_in = process(source, stores)
    reasons = Counter(quarantine.values())
    summary = {
        "rows_in": rows_in,
        "orders": len(orders),
        "merged": rows_in - len(orders) - len(quarantine),
        "quarantined": len(quarantine),
        "quarantined_by_reason": {reason: reasons[reason] for reason in REASONS},
    }
    write_table(
        target / "orders.csv",
        [
            "order_id",
            "store_id",
            "customer",
            "ordered_at",
            "updated_at",
            "currency",
            "amount_minor",
        ],
        (
            [
                o.order_id,
                o.store_id,
                o.customer,
                show(o.ordered_at),
                show(o.updated_at),
                o.currency,
                o.amount_minor,
            ]
            for o in orders
        ),
    )
    header = ["store_id", "business_date", "currency", "orders", "revenue_minor"]
    write_table(target / "daily_revenue.csv", header, daily_revenue(orders, stores))
    rows = [[file, line, quarantine[file, line]] for file, line in sorted(quarantine)]
    write_table(target / "quarantine.csv", ["file", "line", "reason"], rows)
    (target / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    return summary


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in", dest="source", type=Path, required=True)
    parser.add_argument("--out", dest="target", type=Path, required=True)
    options = parser.parse_args()
    options.target.mkdir(parents=True, exist_ok=True)
    summary = run(options.source, options.target)
    print(json.dumps(summary), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
