"""Answers for the forecasts over HTTP: python serve.py --forecast FILE --port PORT."""

import argparse
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--forecast", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    raise NotImplementedError(f"serve {arguments.forecast} on 127.0.0.1:{arguments.port}")


if __name__ == "__main__":
    main()
