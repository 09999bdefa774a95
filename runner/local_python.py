"""Which Python runs a candidate's work where there is no container: a virtual environment's.

That of the folder (``.venv`` or ``venv``, never part of a submission), or else one with the image's
packages, made once and kept beside the other caches.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final

from runner.errors import LocalPythonError
from sandbox.cache import cache_folder, complete, locked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sandbox.recipe import Recipe

FOLDERS: Final = (".venv", "venv")
_CHECK_S: Final = 60.0
_INSTALL_S: Final = 1800.0
_MISSING: Final = """
import importlib.util, sys
print(*(name for name in sys.argv[1:] if importlib.util.find_spec(name) is None))
"""


def find_python(folder: Path, recipe: Recipe, progress: Callable[[str], None]) -> Path:
    """Return the Python of the folder's own environment, or of one made from the image's packages.

    Raises:
        LocalPythonError: There is none, and none can be made.
    """
    for name in FOLDERS:
        python = folder / name / "bin" / "python"
        if python.exists():
            return python.absolute()
    made = cache_folder() / "local" / recipe.lock_digest.removeprefix("sha256:")[:16]
    try:
        with locked(made.parent / "lock"):
            if not (made / "complete").exists():
                progress(f"Making a virtual environment with the image's packages in {made}, once.")
                _make(made, recipe)
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[-1:]
        raise LocalPythonError(
            f"No virtual environment could be made ({''.join(said)[:300]}); make one as .venv in "
            "the folder and install pytest and what the brief names."
        ) from error
    return made / "bin" / "python"


def require_modules(python: Path, names: Sequence[str]) -> None:
    """Return if an environment has these modules.

    Raises:
        LocalPythonError: One is missing.
    """
    try:
        asked = subprocess.run(
            [str(python), "-I", "-c", _MISSING, *names],
            capture_output=True, text=True, timeout=_CHECK_S, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise LocalPythonError(f"{python} does not work; make the environment anew.") from error
    if missing := asked.stdout.strip():
        raise LocalPythonError(
            f"The environment of {python} lacks {missing}: {python} -m pip install {missing}"
        )


def _make(folder: Path, recipe: Recipe) -> None:
    """Make the environment in its place, for scripts in it name that; the last file says it is."""
    with complete(folder.with_suffix(".lock.txt")) as lock:
        lock.write_text(recipe.lock, encoding="utf-8")
    steps = (
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet",
         "--disable-pip-version-check", "-r", str(folder.with_suffix(".lock.txt"))],
    )  # fmt: skip
    for step in steps:
        subprocess.run(step, capture_output=True, text=True, timeout=_INSTALL_S, check=True)
    (folder / "complete").touch()
