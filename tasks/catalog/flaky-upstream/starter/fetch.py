"""Begin here: python fetch.py --api URL --in DATA --out OUT"""

import argparse
from pathlib import Path


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--api", required=True)
    parser.add_argument("--in", dest="data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.parse_args()


if __name__ == "__main__":
    main()
