"""otter-grader as a peer: its own command, and an image prepared the way ours are.

``otter grade`` runs from an environment of its own in the cache folder. Two things differ from a
machine that reaches every registry, both outside the clock or to otter's advantage:

* otter builds its grading image with ``docker buildx`` from Ubuntu, Miniforge and conda-forge. Here
  the image stands on the base of ours, with the packages of the candidates' image and otter's own,
  as wheels, compiled; what otter's Dockerfile adds is put where it would put it. ``otter grade`` is
  started by a program that answers its one call of ``build_image`` with that image.
* The lines of ``run_autograder`` that activate the conda environment are left out; on a machine
  with conda every submission pays for them.
"""

from __future__ import annotations

import csv
import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sandbox.base_image import marked, obtain_base
from sandbox.cache import cache_folder, complete
from sandbox.docker_images import DockerImages
from sandbox.recipe import load_recipe
from sandbox.wheels import download_command

if TYPE_CHECKING:
    import socket

VERSION: Final = "7.0.0"
FOLDER: Final = Path(__file__).parent / "notebooks" / "otter"
PINS: Final = FOLDER / "requirements.txt"
IMAGE: Final = "otter-grade"
LABEL: Final = "worksample.benchmark"
START: Final = """
import sys
from otter.cli import cli
from otter.grade import containers

image = sys.argv.pop(1)
containers.build_image = lambda *_: image
cli()
"""
PLACE: Final = """
mkdir -p /autograder/source /autograder/submission /autograder/results
cp -r /tmp/assignment/files /tmp/assignment/tests /autograder/source
cp /tmp/assignment/run_otter.py /tmp/assignment/otter_config.json /autograder/source
sed '/mamba/d; /miniforge/d' /tmp/assignment/run_autograder > /autograder/run_autograder
chmod +x /autograder/run_autograder
touch /autograder/submission_metadata.json
"""


class Otter:
    """otter-grader, ready to grade the benchmark's notebooks.

    Args:
        folder: Is filled with what the assignment is made of.
        files: What lies beside a notebook while it is graded, by path.
    """

    def __init__(self, folder: Path, files: dict[str, bytes]) -> None:
        self.python = _environment()
        self._folder = folder
        self._assignment = self._generate(files)
        self.image = self._obtain_image()

    def command(self, notebooks: Path, jobs: int, output: Path) -> list[str]:
        """Return what a user types, without a network as ours has none."""
        return [
            *(self.python, "-c", START, self.image),
            *("grade", "-n", "sales", "-a", str(self._assignment), "-o", str(output)),
            *("--containers", str(jobs), "--no-network", str(notebooks)),
        ]

    def _generate(self, files: dict[str, bytes]) -> Path:
        """Make ``autograder.zip`` with ``otter generate``."""
        for path, content in files.items():
            (self._folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self._folder / path).write_bytes(content)
        folders = sorted({path.split("/")[0] for path in files})
        subprocess.run(
            [self.python, "-m", "otter", "generate", "-t", str(FOLDER / "tests"), *folders],
            cwd=self._folder,
            check=True,
        )
        return self._folder / "autograder.zip"

    def _obtain_image(self) -> str:
        """Return the image, built unless it is there."""
        engine = DockerImages.connect()
        script = load_recipe("grade").script.replace("--require-hashes", "") + PLACE
        with zipfile.ZipFile(self._assignment) as assignment:
            members = {name: assignment.read(name) for name in assignment.namelist()}
        parts = (script, PINS.read_text(), repr(sorted(members.items())))
        tag = f"{IMAGE}:{hashlib.sha256(repr(parts).encode()).hexdigest()[:12]}"
        if engine.inspect(tag) is None:
            wheels = _fetch_wheels(engine.architecture())
            base = obtain_base(engine, engine.architecture(), cache_folder(), _say)
            _say("building otter's image")
            below = engine.import_base(marked(base.tar, "otter"), {LABEL: "otter-base"})
            engine.build(
                base=below,
                script=script,
                send=lambda stdin: _send(stdin, wheels, members),
                tag=tag,
                labels={LABEL: "otter"},
            )
        return tag


def read_points(output: Path) -> dict[str, float]:
    """Return what ``otter grade`` wrote: points by the name of the notebook."""
    with (output / "final_grades.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {
        Path(row["file"]).stem: float(row["total_points_earned"])
        for row in rows
        if row["file"].endswith(".ipynb")
    }


def _environment() -> str:
    """Return the Python that has otter-grader, installed unless it is there."""
    target = cache_folder() / "benchmarks" / f"otter-{VERSION}"
    python = target / "bin" / "python"
    if not (target / "ready").is_file():
        _say(f"installing otter-grader {VERSION}")
        shutil.rmtree(target, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(target)], check=True)
        wanted = f"otter-grader=={VERSION}"
        subprocess.run([python, "-m", "pip", "install", "--quiet", wanted], check=True)
        (target / "ready").touch()
    return str(python)


def _fetch_wheels(architecture: str) -> Path:
    key = hashlib.sha256(PINS.read_bytes()).hexdigest()[:16]
    target = cache_folder() / "wheels" / f"otter-{key}"
    if not target.is_dir():
        _say("downloading wheels for otter's image")
        with complete(target) as folder:
            folder.mkdir()
            command = download_command(PINS, folder, architecture)
            command.remove("--require-hashes")
            subprocess.run(command, check=True)
    return target


def _send(stdin: socket.socket, wheels: Path, members: dict[str, bytes]) -> None:
    """Write the tar that the script reads."""
    with stdin.makefile("wb") as file, tarfile.open(fileobj=file, mode="w|") as archive:
        archive.add(PINS, arcname="recipe.lock")
        archive.add(wheels, arcname="wheels")
        for name, content in members.items():
            member = tarfile.TarInfo(f"assignment/{name}")
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
