"""What the samples of evidence are made of: tasks, criteria, checks, runs, pictures."""

from __future__ import annotations

import base64
import hashlib
import struct
import zlib
from typing import Any

from graders.evidence import (
    CheckResult,
    CriterionResult,
    DeliverableFacts,
    ExitKind,
    MachineState,
    Outcome,
    Provenance,
    RunFacts,
    SubmissionFacts,
    TaskFacts,
)

GIB = 1 << 30
MIB = 1 << 20


def sha(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int = 480, height: int = 200, *, claimed: tuple[int, int] | None = None) -> bytes:
    """A bar chart, drawn by hand."""
    rows = bytearray()
    bars = [150, 128, 96, 88, 61, 40, 22, 9]
    slot = max(width // len(bars), 1)
    for y in range(height):
        rows.append(0)
        for x in range(width):
            inside = height - y < bars[min(x // slot, 7)] and 8 < x % slot < slot - 8
            rows += b"\x1d\x5a\x99" if inside else b"\xff\xff\xff"
    size = struct.pack(">IIBBBBB", *(claimed or (width, height)), 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", size), chunk(b"tEXt", b"Comment\0<script>alert(1)</script>")]
    parts += [chunk(b"IDAT", zlib.compress(bytes(rows))), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def encode(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def submission(candidate: str = "LYNX-42", kind: str = "repo", **changes: Any) -> SubmissionFacts:
    facts: dict[str, Any] = {
        "id": sha(candidate + kind)[:16],
        "candidate": candidate,
        "kind": kind,
        "source": "git" if kind != "notebook" else "notebook",
        "sha256": sha("files" + candidate),
        "received_at": "2026-03-02T14:05:31+00:00",
        "files": 14,
        "bytes": 48_213,
        "commit": sha(candidate)[:40] if kind != "notebook" else None,
    }
    return SubmissionFacts(**(facts | changes))


ORDERS = TaskFacts(
    id="orders-etl",
    version="1.0.0",
    digest="sha256:" + sha("orders"),
    title="Daily revenue from a messy order feed",
    constraint="1 GiB of memory, 60 s, a rerun is byte-identical, no row is dropped silently",
    time_budget_minutes=180,
    ai_policy="allowed_disclose",
)
CHURN = TaskFacts(
    id="churn-notebook",
    version="1.2.0",
    digest="sha256:" + sha("churn"),
    title="Which customers leave next month, and how sure are you?",
    constraint="Only what was known on the day of the forecast may be used",
    time_budget_minutes=150,
    ai_policy="allowed_disclose",
)
SCORING = TaskFacts(
    id="scoring-service",
    version="0.9.0",
    digest="sha256:" + sha("scoring"),
    title="Put a model behind an HTTP service that survives a bad day",
    constraint="512 MiB, p95 below 80 ms at 50 requests per second, ready 10 s after start",
    time_budget_minutes=240,
    ai_policy="required",
)

PROVENANCE = Provenance(
    image="python-data",
    image_digest="sha256:" + sha("image"),
    grade_image_digest="sha256:" + sha("grade"),
    runner_version="0.1.0",
    engine="Docker 27.5.1, API 1.47, linux/amd64",
    runtime="runc",
    limits={
        "wall_time_s": 60.0,
        "memory_bytes": float(GIB),
        "cpus": 1.0,
        "pids": 128.0,
        "disk_bytes": 256.0 * MIB,
        "output_bytes": float(MIB),
    },
    nonce="b3f1c05e9a7d4c22",
    graded_at="2026-03-02T14:09:12+00:00",
    phases_s={"prepare": 0.41, "run": 74.3, "grade": 2.17},
)


def criterion(
    id: str, title: str, definition: str, anchors: tuple[str, str, str, str], **changes: Any
) -> CriterionResult:
    facts: dict[str, Any] = {
        "id": id,
        "title": title,
        "definition": definition,
        "weight": 2.0,
        "non_negotiable": False,
        "anchors": {str(n): text for n, text in enumerate(anchors, 1)},
        "points": 0.0,
        "max_points": 0.0,
        "machine_state": MachineState.NO_CHECKS,
    }
    return CriterionResult(**(facts | changes))


def check(
    id: str,
    of: str,
    outcome: Outcome,
    max_points: float,
    proves: str,
    detail: str = "",
    *,
    points: float | None = None,
) -> CheckResult:
    gained = max_points if outcome is Outcome.PASSED else 0.0
    return CheckResult(
        id=id,
        criterion=of,
        outcome=outcome,
        points=gained if points is None else points,
        max_points=max_points,
        proves=proves,
        detail=detail,
        duration_s=0.04,
    )


def run(name: str, scenario: str, **changes: Any) -> RunFacts:
    facts: dict[str, Any] = {
        "name": name,
        "scenario": scenario,
        "command": ("python", "etl.py", "--in", "/data", "--out", "/work/out"),
        "exit_kind": ExitKind.EXITED,
        "exit_code": 0,
        "wall_time_s": 1.93,
        "cpu_time_s": 1.71,
        "memory_peak_bytes": 91_000_000,
        "stdout": "read 12 408 rows from 9 files\nwrote out/orders.csv (11 871 rows)\n"
        "wrote out/quarantine.csv (113 rows)\n",
        "stderr": "",
        "output_truncated": False,
        "deliverables": (
            DeliverableFacts(
                path="out/orders.csv", state="ok", bytes=702_118, sha256=sha(name + "orders")
            ),
            DeliverableFacts(
                path="out/quarantine.csv", state="ok", bytes=9_402, sha256=sha(name + "quarantine")
            ),
        ),
    }
    return RunFacts(**(facts | changes))
