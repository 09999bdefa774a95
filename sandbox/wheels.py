"""Fetch a lock's wheels on the host, where the package index and its certificates are known."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from sandbox.cache import complete
from sandbox.errors import ImageError
from sandbox.recipe import PYTHON_VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.cache import Progress
    from sandbox.recipe import Recipe

DOWNLOAD_TIMEOUT_S: Final = 1200
_MACHINES: Final = {"amd64": "x86_64", "arm64": "aarch64"}
_PLATFORMS: Final = ("manylinux_2_28", "manylinux_2_17", "manylinux2014")


def fetch_wheels(recipe: Recipe, architecture: str, cache: Path, progress: Progress) -> Path:
    """Return a folder with every wheel of the lock, downloaded unless it is there.

    Raises:
        ImageError: the index does not answer, or a file is not the one in the lock.
    """
    key = hashlib.sha256(f"{recipe.lock}\n{architecture}".encode()).hexdigest()[:16]
    target = cache / "wheels" / f"{recipe.name}-{key}"
    if not target.is_dir():
        progress(f"{recipe.name}: downloading wheels")
        with complete(target) as folder:
            folder.mkdir()
            lock = folder.parent / "recipe.lock"
            lock.write_text(recipe.lock, encoding="utf-8")
            _run_pip(download_command(lock, folder, architecture))
    return target


def download_command(lock: Path, folder: Path, architecture: str) -> list[str]:
    """Return the command that downloads ``lock`` for the image's Python, not for the host's."""
    machine = _MACHINES.get(architecture)
    if machine is None:
        raise ImageError(
            f"There are no images for {architecture}; use an engine on {' or '.join(_MACHINES)}."
        )
    platforms = [f"--platform={name}_{machine}" for name in _PLATFORMS]
    return [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"),
        *("--disable-pip-version-check", "--only-binary=:all:", "--require-hashes"),
        *(f"--python-version={PYTHON_VERSION}", "--implementation=cp", *platforms),
        *("--dest", str(folder), "--requirement", str(lock)),
    ]


def _run_pip(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=DOWNLOAD_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ImageError(f"The wheels could not be downloaded: {error}") from error
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise ImageError(
            "The wheels could not be downloaded; check the package index that pip uses "
            f"(PIP_INDEX_URL, PIP_CERT): {' '.join(lines[-3:])[:600]}"
        )
