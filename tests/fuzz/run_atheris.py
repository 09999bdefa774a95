"""Search for inputs that break a target, guided by coverage: ``make fuzz``.

``python tests/fuzz/run_atheris.py [--seconds N] [TARGET ...]``; without a name all targets in turn.
Needs ``pip install atheris``. What breaks a target is written to ``.fuzz/``, and the next run of
the same target begins with all that the last one kept there.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import atheris

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
KEPT = ROOT / ".fuzz"
sys.path[:0] = [str(ROOT), str(HERE), str(HERE.parent / "support")]

# What is measured: our own code, and what of the standard library reads a candidate's bytes.
MEASURED = [
    "runner", "graders", "sandbox", "tasks", "unpack", "git_tree", "readers", "worksample_checks",
    "strict_json", "values", "live_candidate", "http_exchange", "calls", "zipfile", "tarfile",
    "gzip", "json", "csv", "tomllib", "markdown_it",
]  # fmt: skip


def main() -> int:
    """Run what was asked for; return 1 if anything was found."""
    parser = argparse.ArgumentParser(description="Search for inputs that break a parser.")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("targets", nargs="*")
    options = parser.parse_args()
    if options.alone:
        search(options.targets[0], options.seconds)
    found = []
    for name in options.targets or names():
        command = [sys.executable, __file__, "--alone", "--seconds", str(options.seconds), name]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            found.append(name)
    print(f"found something in: {', '.join(found)}; see {KEPT}" if found else "found nothing")  # noqa: T201
    return bool(found)


def names() -> list[str]:
    """Return the names of all targets."""
    from targets import TARGETS

    return list(TARGETS)


def search(name: str, seconds: int) -> None:
    """Search one target and end this process."""
    with atheris.instrument_imports(include=MEASURED):
        from targets import TARGETS
    target = TARGETS[name]
    corpus = KEPT / name
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds():
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    arguments = [
        f"-max_total_time={seconds}",
        "-max_len=8192",
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
        f"-artifact_prefix={KEPT}{os.sep}{name}-",
        str(corpus),
    ]
    atheris.Setup([sys.argv[0], *arguments], target.check)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
