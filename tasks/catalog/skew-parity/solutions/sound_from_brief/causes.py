"""Write down what is wrong with the deployed path: python causes.py --data DATA --out CAUSES.json

The causes are found out anew from DATA by diagnosis.py; effects.py measures each of them.
"""

import argparse
import json
from pathlib import Path

from diagnosis import Deployed, diagnose


def main():
    parser = argparse.ArgumentParser()
    for name in ("--data", "--out"):
        parser.add_argument(name, type=Path, required=True)
    arguments = parser.parse_args()
    causes = sorted(diagnose(Deployed(arguments.data)))
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps({"causes": causes}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
