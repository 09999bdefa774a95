"""What the tests of intake share."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from runner.intake import SubmissionRefusedError, take_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runner.intake import Snapshot
    from sandbox.base import Sandbox

    Problems = Callable[..., str]
    Taken = Callable[..., Snapshot]


@pytest.fixture(scope="session")
def taken(docker_sandbox: Sandbox, candidate_image: str) -> Taken:
    """Take something in with a real sandbox."""

    def take(source: object, **more: object) -> Snapshot:
        return take_in(str(source), sandbox=docker_sandbox, image=candidate_image, **more)  # type: ignore[arg-type]

    return take


@pytest.fixture(scope="session")
def refused(taken: Taken) -> Problems:
    """Return all problems that a refused submission has, one a line."""

    def problems(source: object, **more: object) -> str:
        with pytest.raises(SubmissionRefusedError) as caught:
            taken(source, **more)
        return "\n".join(caught.value.problems)

    return problems


class Repository:
    """A repository with one honest commit, made by the host's git."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        (path / "etl.py").write_text("print('etl')\n")
        (path / "run.sh").write_text("#!/bin/sh\n")
        (path / "run.sh").chmod(0o755)
        self.commit("First steps")

    def git(self, *arguments: str) -> str:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_AUTHOR_NAME": "Real Name",
            "GIT_AUTHOR_EMAIL": "real.name@example.org",
            "GIT_COMMITTER_NAME": "Real Name",
            "GIT_COMMITTER_EMAIL": "real.name@example.org",
            "GIT_AUTHOR_DATE": "2026-01-02T03:04:05+0900",
            "GIT_COMMITTER_DATE": "2026-01-02T04:04:05+0900",
        }
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, env=environment, check=True, capture_output=True
        )
        return done.stdout.decode().strip()

    def commit(self, subject: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--no-verify", "-m", subject)
        return self.git("rev-parse", "HEAD")

    def add_entry(self, mode: str, path: str, content: bytes = b"") -> str:
        """Commit an index entry of any mode, without a file on disk."""
        if mode == "160000":
            name = "1" * 40
        else:
            done = subprocess.run(
                ["git", "hash-object", "-w", "--stdin"],
                cwd=self.path,
                input=content,
                check=True,
                capture_output=True,
            )
            name = done.stdout.decode().strip()
        self.git("update-index", "--add", "--cacheinfo", f"{mode},{name},{path}")
        self.git("commit", "--quiet", "--no-verify", "-m", f"Add {path}")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "work")
