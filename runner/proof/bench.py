"""The bench: makes variants and grades files against them, in containers."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tempfile
import threading
import time
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from graders.assess import Assessment, AssessRequest, assess
from graders.errors import GraderError
from graders.grade_containers import GradeContainers
from graders.handed_in import UngradableSubmissionError
from graders.material import GradingImages, SubmissionFile, VariantData
from graders.upstream import upstream_files
from graders.variants import generate
from runner.check import check_folder, in_containers
from runner.check_report import FINE
from runner.packet import build_packet, packet_leaks
from runner.packet_folder import open_packet_folder
from runner.pool import twice
from runner.proof.trial import PublicTrial, Trial, VariantTrial, trial_of
from sandbox.model import Limits
from tasks.brief import render_brief
from tasks.files import files_digest
from tasks.sizes import format_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runner.proof.trial import Entrant
    from sandbox.base import Sandbox
    from tasks.model import Task

CANDIDATE: Final = "LYNX-42"
"""Whose packet is made for the proof."""
_WHAT_RUNS: Final = ("run", "deliverable", "service", "tests")
"""Parts of a check's report that the task answers for; the write-up is the solution's own."""
_KEPT_VARIANTS: Final = 16
_LARGE_BYTES: Final = 1000
"""Public files beyond this hold enough of the seed to differ as a whole."""


class Bench:
    """Makes variants, each once while it is in use, and grades files against them.

    Args:
        sandbox: Where containers run.
        graders: Those in which hidden tests and generators run.
        images: What they are made from.
        known: Data that is there already, by task id and seed.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        graders: GradeContainers,
        images: GradingImages,
        known: Mapping[tuple[str, int], VariantData] | None = None,
    ) -> None:
        self._sandbox = sandbox
        self._graders = graders
        self._afresh = GradeContainers(sandbox, most_uses=1)
        self._images = images
        self._variants = OrderedDict(known or {})
        self._making: dict[tuple[str, int], threading.Lock] = {}
        self._lock = threading.Lock()

    def make_variant(self, task: Task, seed: int, *, afresh: bool = False) -> VariantData:
        """Make the variant anew; ``afresh`` in a container, and with a hash seed, of its own."""
        graders = self._afresh if afresh else self._graders
        return generate(
            graders, task, image=self._images.grade, seed=seed, scenarios=task.scenarios
        )

    def variant(self, task: Task, seed: int) -> VariantData:
        """Return the variant; several threads may ask for it."""
        key = (task.id, seed)
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            if key not in self._variants:
                made = self.make_variant(task, seed)
                with self._lock:
                    self._variants[key] = made
                    if len(self._variants) > _KEPT_VARIANTS:
                        self._variants.popitem(last=False)
                return made
            return self._variants[key]

    def grade(
        self, task: Task, seed: int, files: Mapping[str, bytes], *, afresh: bool = False
    ) -> Assessment:
        """Grade the files of a submission, by path; ``afresh`` as above."""
        return assess(
            AssessRequest(
                sandbox=self._sandbox,
                graders=self._afresh if afresh else self._graders,
                task=task,
                images=self._images,
                limits=Limits(**task.limits.model_dump()),
                files=tuple(SubmissionFile(path=path, content=raw) for path, raw in files.items()),
                data=self.variant(task, seed),
                run_id=f"{task.id}/proof",
            )
        )

    def try_out(self, task: Task, seed: int, entrant: Entrant, *, afresh: bool = False) -> Trial:
        """Grade a solution and return what judging needs of it; ``afresh`` as above.

        Raises:
            SandboxError: the machine failed twice.
            VariantError: the variant cannot be made.
        """
        twice(lambda: self.variant(task, seed))
        started = time.monotonic()
        try:
            found = twice(lambda: self.grade(task, seed, entrant.files, afresh=afresh))
        except UngradableSubmissionError as error:
            return Trial(solution=entrant.name, seed=seed, refused=str(error))
        except GraderError as error:
            return Trial(solution=entrant.name, seed=seed, broken=str(error))
        seconds = time.monotonic() - started
        return trial_of(found, solution=entrant.name, seed=seed, seconds=seconds)

    def rehearse(self, task: Task, seed: int, entrant: Entrant) -> PublicTrial:
        """Put a solution into the packet, as a candidate would, and run what `check` runs.

        Raises:
            SandboxError: the machine failed twice.
            VariantError: the variant cannot be made.
            TaskError: the brief or the packet cannot be made.
        """
        packet = self._packet(task, twice(lambda: self.variant(task, seed)))
        with tempfile.TemporaryDirectory(prefix="worksample-packet-") as scratch:
            # Our own zip of the author's files: nothing of a candidate's is in it.
            with zipfile.ZipFile(io.BytesIO(packet)) as archive:
                archive.extractall(scratch)
            place = Path(scratch, f"{task.id}-{CANDIDATE}")
            for path, content in entrant.files.items():
                place.joinpath(path).parent.mkdir(parents=True, exist_ok=True)
                place.joinpath(path).write_bytes(content)
            folder = open_packet_folder(place)
        rehearse = in_containers(folder, self._sandbox, self._images.candidate)
        report = twice(lambda: check_folder(folder, rehearse))
        ran = [one for one in report.findings if one.part in _WHAT_RUNS]
        wrong = [one.text for one in ran if one.mark not in FINE]
        tests = [one.text for one in ran if one.part == "tests"]
        return PublicTrial(
            solution=entrant.name, seed=seed, passed=not wrong, summary="; ".join(wrong or tests)
        )

    def _packet(self, task: Task, data: VariantData) -> bytes:
        return build_packet(
            task,
            candidate=CANDIDATE,
            public_files=data.public["public"],
            facts=data.facts,
            upstream_files=upstream_files(data.truth["public"]),
        )

    def examine(self, task: Task, seed: int, *, again: bool) -> VariantTrial:
        """Return what a seed's data and packet are like.

        Args:
            task: The task.
            seed: The seed.
            again: Whether to make the data a second time and compare.

        Raises:
            SandboxError: the machine failed twice.
            VariantError: the variant cannot be made.
            TaskError: the brief or the packet cannot be made.
        """
        data = twice(lambda: self.variant(task, seed))
        second = twice(lambda: self.make_variant(task, seed, afresh=True)) if again else None
        public = data.public["public"]
        packet = self._packet(task, data)
        brief = render_brief(task, facts=data.facts, candidate=CANDIDATE)
        large = {
            path: hashlib.sha256(raw).hexdigest()
            for path, raw in public.items()
            if len(raw) > _LARGE_BYTES
        }
        return VariantTrial(
            seed=seed,
            digest=variant_digest(data),
            again=variant_digest(second) if second else "",
            public={**large, "": files_digest(public)},
            leaks=tuple(packet_leaks(packet, task, truth_files(data))),
            unsaid=tuple(unsaid(task, brief)),
        )


def variant_digest(data: VariantData) -> str:
    """Return a digest over all scenarios' files and the facts."""
    files = {
        f"{side}/{scenario}/{path}": raw
        for side, scenarios in (("public", data.public), ("truth", data.truth))
        for scenario, contents in scenarios.items()
        for path, raw in contents.items()
    }
    return files_digest({**files, "facts": json.dumps(dict(data.facts), sort_keys=True).encode()})


def truth_files(data: VariantData) -> dict[str, bytes]:
    """Return the truth of all scenarios, by scenario and path."""
    return {
        f"{name}/{path}": raw for name, files in data.truth.items() for path, raw in files.items()
    }


def unsaid(task: Task, brief: str) -> Iterator[str]:
    """Yield what a brief has to mention and does not: deliverables, wall time, memory.

    What stands below ``out/`` may be named without it: a command or a notebook is told the folder.
    """
    words = " ".join(brief.split())
    for deliverable in task.manifest.deliverables:
        if deliverable.path.removeprefix("out/") not in words:
            yield f"the deliverable {deliverable.path}"
    seconds = f"{task.limits.wall_time_s:g}"
    if not re.search(rf"(?<![\d.]){re.escape(seconds)} ?(s|sec|secs|seconds?)\b", words):
        yield f"the limit of {seconds} s ({{{{ limits.wall_time_s }}}} s)"
    memory = format_size(task.limits.memory_bytes)
    if not re.search(rf"(?<![\d.]){re.escape(memory)}(?!\w)", words):
        yield f"the limit of {memory} of memory ({{{{ limits.memory }}}})"
