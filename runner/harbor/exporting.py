"""Make a Harbor task of a worksample task, for one seed; nothing hidden goes along."""

from __future__ import annotations

import io
import json
import math
import zipfile
from typing import TYPE_CHECKING, Final

from runner.harbor.losses import HarborError, Loss, losses_page
from runner.harbor.manifest import toml_string
from runner.harbor.verifier import TEST_SH, VERIFIER
from runner.packet import build_packet, packet_leaks
from sandbox.cache import complete
from sandbox.recipe import PYTHON_VERSION, load_recipe
from tasks.files import read_under
from tasks.public import PUBLIC_SCENARIO, public_task
from tasks.sizes import MIB

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from graders.material import VariantData
    from tasks.model import Task

PAGE: Final = "EXPORT.md"
CODE: Final = "HARBOR-1"
"""The candidate's code that the brief names."""
_VERIFIER_S: Final = 600

_DOCKERFILE: Final = """\
FROM python:{python}-slim
COPY requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir --require-hashes -r /tmp/requirements.txt
WORKDIR /app
COPY app/ /app/
"""
_PREFACE: Final = """\
You work in `/app`, which holds the files that this text speaks of; your data are in `/app/data`.
Leave your work in `/app`: it is run there, from that folder.

---

"""
_SOLVE: Final = """\
#!/bin/bash
cp -R "${SOLUTION_DIR:-/solution}/files/." "${APP_DIR:-/app}/"
"""


def export_task(
    task: Task, data: VariantData, *, seed: int, output: Path
) -> tuple[Path, tuple[Loss, ...]]:
    """Write a Harbor folder below ``output``; return where, and what was lost.

    Raises:
        HarborError: There is a folder of that name, or something hidden would go along.
        TaskFormatError: The brief does not render.
    """
    target = output / task.id
    if target.exists():
        raise HarborError(f"{target} is there already; move it away or name another folder.")
    losses = tuple(_losses(task, seed))
    files = _files(task, data, seed)
    with complete(target) as made:
        for name, content in files.items():
            path = made / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(0o755 if name.endswith(".sh") else 0o644)
        intro = f"From the worksample task `{task.id}` {task.version}. What was lost on the way:"
        (made / PAGE).write_text(
            losses_page(f"Exported: {task.id}", intro, losses), encoding="utf-8"
        )
    return target, losses


def _files(task: Task, data: VariantData, seed: int) -> dict[str, bytes]:
    packet = _packet(task, data)
    brief = packet.pop("BRIEF.md")
    packet.pop("TASK.json")
    spec = json.dumps(_spec(task, data.public[PUBLIC_SCENARIO]), indent=1)
    files = {
        "task.toml": _manifest(task, seed).encode(),
        "instruction.md": _PREFACE.encode() + brief,
        "environment/Dockerfile": _DOCKERFILE.format(python=PYTHON_VERSION).encode(),
        "environment/requirements.txt": load_recipe(task.manifest.image.name).lock.encode(),
        "tests/test.sh": TEST_SH.encode(),
        "tests/test_work.py": VERIFIER.encode(),
        "tests/spec.json": spec.encode(),
    }
    files |= {f"environment/app/{path}": content for path, content in packet.items()}
    public_tests = read_under(task.path, "public_tests")
    files |= {f"tests/public_tests/{path}": content for path, content in public_tests.items()}
    sound = next((one for one in task.solutions if one.kind == "sound"), None)
    if sound is not None:
        solved = read_under(task.path, f"solutions/{sound.name}")
        files |= {f"solution/files/{path}": content for path, content in solved.items()}
        files["solution/solve.sh"] = _SOLVE.encode()
    return files


def _packet(task: Task, data: VariantData) -> dict[str, bytes]:
    """Return what a candidate gets, by path, held against everything hidden."""
    packet = build_packet(
        task, candidate=CODE, public_files=data.public[PUBLIC_SCENARIO], facts=data.facts
    )
    truth = {
        f"{scenario}/{path}": content
        for scenario, files in data.truth.items()
        for path, content in files.items()
    }
    for leak in packet_leaks(packet, task, truth):
        raise HarborError(f"The export would give away what is hidden: {leak}")
    with zipfile.ZipFile(io.BytesIO(packet)) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def _spec(task: Task, public_files: Mapping[str, bytes]) -> dict[str, object]:
    public = public_task(task, candidate=CODE, public_files=public_files)
    service, notebook = public.service, public.notebook
    return {
        "runs": [list(run.command) if run.command else None for run in public.runs],
        "wall_time_s": public.limits.wall_time_s,
        "notebook": notebook.path if notebook else None,
        "service": list(service.command) if service else None,
        "port": service.port if service else 0,
        "ready_path": service.ready_path if service else "",
        "ready_timeout_s": service.ready_timeout_s if service else 0,
        "deliverables": [one.model_dump(mode="json") for one in public.deliverables],
    }


def _manifest(task: Task, seed: int) -> str:
    manifest, limits = task.manifest, task.limits
    lines = [
        'schema_version = "1.1"',
        f"\n[task]\nname = {toml_string(f'worksample/{task.id}')}",
        f"description = {toml_string(manifest.summary)}",
        f'keywords = ["work-sample", {toml_string(task.kind.value)}]',
        f"\n[metadata]\ntitle = {toml_string(manifest.title)}",
        f"expert_time_estimate_min = {manifest.time_budget_minutes}",
        f"worksample_version = {toml_string(task.version)}",
        f"worksample_digest = {toml_string(task.digest)}",
        f"worksample_seed = {toml_string(str(seed))}",
        f"\n[verifier]\ntimeout_sec = {_VERIFIER_S + limits.wall_time_s:.1f}",
        f"\n[agent]\ntimeout_sec = {manifest.time_budget_minutes * 60.0:.1f}",
        "\n[environment]\nbuild_timeout_sec = 1200.0",
        f"cpus = {math.ceil(limits.cpus)}",
        f"memory_mb = {math.ceil(limits.memory_bytes / MIB)}",
        f"storage_mb = {max(2048, math.ceil(limits.disk_bytes / MIB))}",
        "allow_internet = false",
        "",
    ]
    return "\n".join(lines)


def _losses(task: Task, seed: int) -> list[Loss]:
    hidden = [run.name for run in task.manifest.runs if run.scenario != PUBLIC_SCENARIO]
    losses = [
        Loss("tests/", f"{len(task.checks)} hidden checks and their truth stay out, for tests "
             "there run in the container of the work",
             "take reward 1 for no more than: the deliverables are there, the public tests pass"),
        Loss("environment/app/data/", f"the data are those of seed {seed} for everybody",
             "export with another --seed for another copy; do not publish the one in use"),
        Loss("rubric", "criteria, anchors and ratings have no place there",
             "read the write-up by hand"),
        Loss("instruction.md", "prompts and claims are in the text; nothing reads the answers",
             "read WRITEUP.md in the work by hand"),
        Loss("task.toml", "limits on processes, output and runs, and the calls of the kernel",
             "let the sandbox of the run set them, if it can"),
        Loss("task.toml", f"the AI policy ({task.manifest.ai_policy.value}) is in the text only",
             "nothing"),
        Loss("environment/Dockerfile", "packages are those of the image, on another base system",
             "build it once and run the solution"),
    ]  # fmt: skip
    if hidden:
        words = f"{len(hidden)} runs on hidden data are left out: {', '.join(hidden)}"
        losses.insert(1, Loss("tests/spec.json", words, "nothing; they need the truth"))
    if task.manifest.upstream is not None:
        losses.append(
            Loss("upstream.py", "the API that the runs speak to is served by nothing there",
                 "serve it in the environment before the commands that name it")
        )  # fmt: skip
    others = [one.name for one in task.solutions if one.kind != "sound"]
    if others:
        words = f"{len(others)} flawed and other solutions stay out"
        losses.append(Loss("solution/", words, "nothing; they prove hidden checks"))
    if not any(one.kind == "sound" for one in task.solutions):
        losses.append(Loss("solution/", "there is no sound solution", "write solve.sh"))
    return losses
