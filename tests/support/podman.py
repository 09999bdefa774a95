"""A Podman of the tests' own, behind the Docker-compatible socket that it offers."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.docker_images import DockerImages
from sandbox.engine_api import connect
from sandbox.errors import EngineUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.engine_api import Client

_PROGRAM = "podman"
_START_S = 20.0
_BOUNDED = """
import json, resource, sys
config = json.load(sys.stdin)
for limit in config["process"].get("rlimits", ()):
    hard = resource.getrlimit(getattr(resource, limit["type"]))[1]
    if hard != resource.RLIM_INFINITY:
        limit.update({key: min(limit[key], hard) for key in ("soft", "hard")})
json.dump(config, sys.stdout)
"""


class NoPodmanError(Exception):
    """Podman does not run here; the text says what is missing."""


def podman_is_installed() -> bool:
    return shutil.which(_PROGRAM) is not None


@contextlib.contextmanager
def podman_service() -> Iterator[str]:
    """Give the URL of a service with storage of its own; nothing is left of either afterwards.

    Raises:
        NoPodmanError: it is not installed or does not start.
    """
    if not podman_is_installed():
        raise NoPodmanError("needs Podman: apt-get install podman")
    with tempfile.TemporaryDirectory(prefix="worksample-podman-") as folder:
        podman = [_PROGRAM, "--root", f"{folder}/storage", "--runroot", f"{folder}/run"]
        podman += ["--tmpdir", f"{folder}/tmp", "--hooks-dir", f"{folder}/hooks"]
        podman += ["--cgroup-manager", "cgroupfs", "--events-backend", "file"]
        if shutil.which("runc"):  # the other leg's; crun does not do on every layout of cgroups
            podman += ["--runtime", "runc"]
        _add_hook(Path(folder, "hooks"))
        url = f"unix://{folder}/podman.sock"
        log = Path(folder, "log")
        with (
            log.open("wb") as words,
            subprocess.Popen(
                [*podman, "system", "service", "--time", "0", url], stderr=words, cwd=folder
            ) as service,
        ):
            try:
                _wait_for_answer(url, service, log)
                yield url
            finally:
                service.terminate()
                service.wait(20)
                subprocess.run([*podman, "system", "reset", "--force"], capture_output=True)


def _add_hook(folder: Path) -> None:
    """Have every container asked for no more files and processes than this process may have.

    Podman's own defaults can be beyond them, and then nothing starts.
    """
    folder.mkdir()
    script = folder / "bounded.py"
    script.write_text(f"#!{sys.executable}\n{_BOUNDED}")
    script.chmod(0o755)
    hook = {"version": "1.0.0", "hook": {"path": str(script)}, "when": {"always": True}}
    (folder / "bounded.json").write_text(json.dumps({**hook, "stages": ["precreate"]}))


def copy_python(source: Client, image: str, target: Client) -> str:
    """Make an image on ``target`` of another engine's, without its packages; return its id.

    The contract needs the Python only, and the packages are most of the image.
    """
    with DockerImages(source).root_file_system(image) as chunks, tempfile.TemporaryFile() as kept:
        with (
            tarfile.open(fileobj=_Chunks(chunks), mode="r|") as all_files,
            tarfile.open(fileobj=kept, mode="w") as some_files,
        ):
            for member in all_files:
                if "/site-packages/" not in member.name:
                    content = all_files.extractfile(member) if member.isreg() else None
                    some_files.addfile(member, content)
        kept.seek(0)
        return DockerImages(target).import_base(iter(lambda: kept.read(1 << 20), b""), {})


class _Chunks(io.RawIOBase):
    """The chunks of a stream as a file to read."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._left = self._left or next(self._chunks, b"")
        part, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def _wait_for_answer(url: str, service: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while True:
        try:
            connect(url).close()
        except EngineUnavailableError as error:
            if service.poll() is not None or time.monotonic() > deadline:
                words = log.read_text(errors="replace").strip()[-400:]
                raise NoPodmanError(f"needs Podman, and it does not start: {words}") from error
            time.sleep(0.1)
        else:
            return
