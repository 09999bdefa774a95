"""Replay all nights of a delivery, one drop at a time: python replay.py --data DATA --out OUT [--until NIGHT]."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--out", type=Path, default=Path("out"))
    parser.add_argument("--state", type=Path, default=Path("state"))
    parser.add_argument("--until", default="9999", help="the last night to run")
    options = parser.parse_args()
    for folder in (options.out, options.state):
        shutil.rmtree(folder, ignore_errors=True)
    for source in sorted((options.data / "drops").iterdir()):
        if source.name > options.until:
            break
        out = options.out / source.name
        out.mkdir(parents=True)
        with tempfile.TemporaryDirectory() as landing:
            drop = shutil.copytree(source, Path(landing) / "drop")
            command = [sys.executable, "nightly.py", "run", "--night", source.name]
            command += ["--reference", str(options.data), "--drop", str(drop)]
            command += ["--state", str(options.state), "--out", str(out)]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
