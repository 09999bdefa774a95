"""List what is wrong in the deployed code: causes.py --data DATA --out CAUSES.json

Reviewed against the batch path; each pattern is a deviation from it.
"""

import argparse
import json
import re
from pathlib import Path

DEVIATIONS = {
    "request_mean": r"known = \[",
    "codes_refit": r"seen = kinds",
    "weekday_zone": r"UTC\)",
    "log_twice": r"log1p\(value\)\)|log1p\(value\), spec",
    "clip_bounds": r"low, high = [0-9]",
    "feature_order": r"^ORDER = ",
    "rounding": r"round\(",
    "stale_lookup": r"DEPOTS\.get",
    "default_fill": r"^        value = [0-9]",
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()
    text = (arguments.data / "deployed" / "online.py").read_text()
    causes = [name for name, pattern in DEVIATIONS.items() if re.search(pattern, text, re.MULTILINE)]
    arguments.out.write_text(json.dumps({"causes": causes}, indent=2) + "\n")


if __name__ == "__main__":
    main()
