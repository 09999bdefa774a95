"""The root file system below the images: the official Python image, or Debian's packages.

The engine's registry is tried first. Where none answers, the base is bootstrapped with mmdebstrap
from the package mirror, so that a machine without a registry builds the same images.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from sandbox.cache import complete
from sandbox.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sandbox.cache import Progress

OFFICIAL: Final = "python:3.13-trixie"
DEBIAN: Final = "debian:trixie"
"""The kind of base that comes from packages; a word of ours, not a reference."""
MARKER: Final = "etc/worksample-image"
BOOTSTRAP_TIMEOUT_S: Final = 900
_PACKAGES: Final = ("python3", "python3-venv", "ca-certificates", "git")
_LEFT_OUT: Final = ("/usr/share/man/*", "/usr/share/locale/*", "/usr/share/doc/*")
_CHUNK: Final = 1 << 20


class Registry(Protocol):
    """What is needed of an engine to get a base from a registry."""

    def pull(self, reference: str) -> bool:
        """Fetch an image; False if no registry answers with it."""
        ...

    def inspect(self, reference: str) -> object | None:
        """Return facts on a local image, or None."""
        ...

    def root_file_system(self, reference: str) -> AbstractContextManager[Iterator[bytes]]:
        """Give the files of an image as one tar."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A root file system on disk."""

    kind: str
    """Where it came from: a reference, or ``debian:trixie``."""
    tar: Path


def base_kinds() -> tuple[str, ...]:
    """Return the acceptable kinds, best first; ``WORKSAMPLE_BASE_IMAGE`` leaves only itself."""
    named = os.environ.get("WORKSAMPLE_BASE_IMAGE")
    return (named,) if named else (OFFICIAL, DEBIAN)


def obtain_base(
    registry: Registry, architecture: str, cache: Path, progress: Progress, *, fresh: bool = False
) -> Base:
    """Return a base, from the cache unless ``fresh``.

    Raises:
        ImageError: no registry answers and Debian's packages cannot be had either.
    """
    if not fresh:
        for kind in base_kinds():
            path = _path(cache, kind, architecture)
            if path.is_file():
                return Base(kind=kind, tar=path)
    for kind in base_kinds():
        path = _path(cache, kind, architecture)
        if kind == DEBIAN:
            progress("base: bootstrapping Debian trixie with mmdebstrap")
            _bootstrap(path, architecture)
            return Base(kind=kind, tar=path)
        progress(f"base: asking the registry for {kind}")
        if registry.pull(kind) or registry.inspect(kind) is not None:
            _export(registry, kind, path)
            return Base(kind=kind, tar=path)
        progress(f"base: no registry answers with {kind}")
    raise ImageError(
        f"No registry answers with {base_kinds()[0]}; unset WORKSAMPLE_BASE_IMAGE to build on "
        "Debian's packages, or `docker load` that image first."
    )


def marked(tar: Path, name: str) -> Iterator[bytes]:
    """Yield ``tar`` with one more file that names the image, so that images share no layer."""
    text = f"{name}\n".encode()
    member = tarfile.TarInfo(MARKER)
    member.size, member.mode = len(text), 0o644
    head = io.BytesIO()
    with tarfile.open(fileobj=head, mode="w") as archive:
        archive.addfile(member, io.BytesIO(text))
        end = archive.offset
    yield head.getvalue()[:end]  # without the end mark: the base follows
    with tar.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def bootstrap_command(architecture: str) -> list[str]:
    """Return the command that writes a Debian root file system to stdout as a tar."""
    return [
        *("mmdebstrap", "--quiet", "--variant=minbase", f"--architectures={architecture}"),
        f"--include={','.join(_PACKAGES)}",
        "--dpkgopt=force-unsafe-io",  # nothing to lose in a power cut; halves the time
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in _LEFT_OUT),
        "--dpkgopt=path-include=/usr/share/doc/*/copyright",
        *("trixie", "-"),
    ]


def _path(cache: Path, kind: str, architecture: str) -> Path:
    command = " ".join(bootstrap_command(architecture)) if kind == DEBIAN else architecture
    key = hashlib.sha256(f"{kind} {command}".encode()).hexdigest()[:16]
    return cache / "bases" / f"{key}.tar"


def _bootstrap(path: Path, architecture: str) -> None:
    if shutil.which("mmdebstrap") is None:
        raise ImageError(
            "No registry answers and mmdebstrap is not installed; run `worksample doctor --fix`, "
            "or name an image of your own registry in WORKSAMPLE_BASE_IMAGE."
        )
    with complete(path) as made, made.open("wb") as out:
        try:
            done = subprocess.run(
                bootstrap_command(architecture),
                stdout=out,
                stderr=subprocess.PIPE,
                timeout=BOOTSTRAP_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ImageError(f"The Debian base could not be bootstrapped: {error}") from error
        if done.returncode != 0:
            raise ImageError(_why(done.stderr.decode("utf-8", "replace")))


def _why(said: str) -> str:
    lines = [line for line in said.splitlines() if line.startswith(("E:", "W:"))] or [said]
    remedy = "check the Debian mirror that apt uses"
    if os.geteuid() != 0:
        remedy = "run it as root, or give this user a range in /etc/subuid and /etc/subgid"
    return f"mmdebstrap failed; {remedy}: {' '.join(lines)[-600:]}"


def _export(registry: Registry, reference: str, path: Path) -> None:
    with (
        complete(path) as made,
        registry.root_file_system(reference) as chunks,
        made.open("wb") as out,
    ):
        for chunk in chunks:
            out.write(chunk)
