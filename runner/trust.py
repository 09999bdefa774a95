"""Grade only on an engine that has shown, on this boot, that it holds what it is asked for.

The canaries of ``graders/canaries.py`` run once for each engine, image and boot; that they passed
is remembered beside the other caches.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from graders.canaries import CANARIES, sing
from runner import __version__
from sandbox.cache import cache_folder
from sandbox.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.base import Sandbox
    from sandbox.model import EngineInfo

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


class UntrustedEngineError(SandboxError):
    """The engine does not hold what it is asked for; nobody is judged on it."""


def ensure_trusted(
    sandbox: Sandbox,
    engine: EngineInfo,
    *,
    image: str,
    runtime: str | None,
    progress: Callable[[str], None],
) -> None:
    """Return if the canaries have passed on this very engine, now or before.

    Raises:
        UntrustedEngineError: one of them did not get its word.
        SandboxError: one could not be run.
    """
    passed = cache_folder() / "engines" / fingerprint(engine, image, runtime)
    if passed.exists():
        return
    progress(f"Trying this engine with {len(CANARIES)} programs that misbehave on purpose, once.")
    odd = [one for one in sing(sandbox, image) if not one.as_expected]
    if odd:
        words = "; ".join(f"{one.canary.name}: {one.words}" for one in odd)
        raise UntrustedEngineError(
            f"This engine does not hold what it is asked for ({words}); nothing is graded on it. "
            "Run `worksample doctor`."
        )
    passed.parent.mkdir(parents=True, exist_ok=True)
    passed.touch()


def fingerprint(engine: EngineInfo, image: str, runtime: str | None) -> str:
    """Return a name for this engine as it is now: another version, kernel or boot has another."""
    boot = _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ""
    facts = [
        __version__, boot, image, runtime or engine.default_runtime, engine.name, engine.version,
        engine.cgroup_version, *engine.security_options, *(one.code for one in CANARIES),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:24]
