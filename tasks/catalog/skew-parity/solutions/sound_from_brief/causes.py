"""Write down what was wrong with the deployed path: python causes.py --data DATA --out CAUSES.json

What was found in the delivery of this submission; effects.py measures each of them.
"""

import argparse
import json
from pathlib import Path

CAUSES = [
    "feature_order",  # ORDER is the alphabet's, not model["features"]
    "unread_form",  # "187,59", "13 km" and "STANDARD" are taken for missing or unknown
    "weekday_zone",  # the offset of booked_at is overwritten with UTC, the model's zone is never asked
    "rounding",  # weight_kg to one digit
    "request_mean",  # distance_km, if the request has others that are known
]


def main():
    parser = argparse.ArgumentParser()
    for name in ("--data", "--out"):
        parser.add_argument(name, required=True)
    out = Path(parser.parse_args().out)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"causes": CAUSES}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
