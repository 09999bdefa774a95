"""What ``doctor`` sees and does on this machine, in one place so that tests can stand in for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_SYSTEM_PATH: Final = "/usr/local/sbin:/usr/sbin:/sbin"


class Machine:
    """This machine."""

    @property
    def python(self) -> tuple[int, int, int]:
        """The version of the running Python."""
        return sys.version_info[:3]

    @property
    def is_root(self) -> bool:
        """Whether this process may do anything."""
        return os.geteuid() == 0

    @property
    def runs_systemd(self) -> bool:
        """Whether systemd manages services here; sd_booted(3) asks the same."""
        return Path("/run/systemd/system").is_dir()

    def variable(self, name: str) -> str:
        """Return an environment variable, or nothing."""
        return os.environ.get(name, "")

    def which(self, name: str) -> str | None:
        """Return where a program is, also looking where only root usually does."""
        path = f"{os.environ.get('PATH', os.defpath)}:{_SYSTEM_PATH}"
        return shutil.which(name, path=path)

    def run(self, command: Sequence[str], *, timeout_s: float) -> tuple[bool, str]:
        """Run a command without questions; say whether it succeeded, and its last words."""
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
        try:
            done = subprocess.run(
                command,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=timeout_s,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return False, str(error)
        return done.returncode == 0, done.stdout.decode("utf-8", "replace").strip()[-400:]

    def start_in_background(self, command: Sequence[str], log: Path) -> bool:
        """Start a service that outlives this process, its words going to ``log``."""
        try:
            with log.open("ab") as out:
                subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except OSError:
            return False
        return True

    def free_bytes(self, path: Path) -> int:
        """Return the room on the disk that ``path`` is or would be on."""
        return shutil.disk_usage(_existing(path)).free

    def writable(self, path: Path) -> bool:
        """Whether ``path`` can be written, or be made."""
        return os.access(_existing(path), os.W_OK | os.X_OK)

    def now(self) -> float:
        """Return seconds since 1970."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def _existing(path: Path) -> Path:
    path = path.absolute()
    return next(one for one in (path, *path.parents) if one.exists())
