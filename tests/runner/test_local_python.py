"""The Python of one's own machine: the folder's environment, or one made for it, once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from runner.errors import LocalPythonError
from runner.exit_codes import ExitCode, exit_code_of
from runner.local_python import find_python, require_modules
from sandbox.recipe import Recipe

NOTHING = Recipe(name="python-data", lock="# nothing\n", script="")
HERE = Path(sys.prefix) / "bin" / "python"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKSAMPLE_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize("name", [".venv", "venv"])
def test_the_folders_own_environment_comes_first(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to(sys.prefix)
    assert find_python(tmp_path, NOTHING, pytest.fail) == tmp_path / name / "bin" / "python"


def test_one_is_made_with_the_images_packages_once(tmp_path: Path) -> None:
    said: list[str] = []
    first = find_python(tmp_path, NOTHING, said.append)
    assert first.exists()
    assert find_python(tmp_path, NOTHING, said.append) == first
    assert len(said) == 1
    with pytest.raises(LocalPythonError, match="lacks pytest"):
        require_modules(first, ["json", "pytest"])


def test_a_failure_to_make_one_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", f"{tmp_path}/no-such-python")
    with pytest.raises(LocalPythonError, match=r"make one as \.venv"):
        find_python(tmp_path, NOTHING, lambda _words: None)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WORKSAMPLE_CACHE", f"{tmp_path}/file/cache")
    with pytest.raises(LocalPythonError, match="Not a directory"):
        find_python(tmp_path, NOTHING, lambda _words: None)
    assert exit_code_of(LocalPythonError("x")) is ExitCode.SANDBOX_UNAVAILABLE


def test_modules_are_looked_for_in_the_environment_itself(tmp_path: Path) -> None:
    require_modules(HERE, ["pytest", "json"])
    with pytest.raises(LocalPythonError, match=r"-m pip install no_such_module$"):
        require_modules(HERE, ["no_such_module"])
    with pytest.raises(LocalPythonError, match="does not work"):
        require_modules(tmp_path / "python", ["json"])
