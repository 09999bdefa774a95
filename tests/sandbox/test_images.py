"""Image recipes, their cache, the choice of a base, and the images themselves."""

from __future__ import annotations

import contextlib
import io
import os
import tarfile
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import base_image, wheels
from sandbox.base_image import DEBIAN, OFFICIAL, marked, obtain_base
from sandbox.cache import cache_folder, complete, locked
from sandbox.docker_images import DockerImages
from sandbox.errors import ImageError
from sandbox.images import Images, MissingImage
from sandbox.model import ContainerSpec, Role
from sandbox.recipe import IMAGE_NAMES, Recipe, load_recipe
from sandbox.wheels import download_command, fetch_wheels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sandbox.docker_engine import DockerSandbox

RECIPE = Recipe(name="grade", lock="numpy==1\n", script="true")


@pytest.fixture(autouse=True)
def _default_base(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORKSAMPLE_BASE_IMAGE", raising=False)


class FakeRegistry:
    """A registry with some images."""

    def __init__(self, *has: str) -> None:
        self.has = has
        self.asked: list[str] = []

    def pull(self, reference: str) -> bool:
        self.asked.append(reference)
        return reference in self.has

    def inspect(self, reference: str) -> object | None:
        return None

    @contextlib.contextmanager
    def root_file_system(self, reference: str) -> Iterator[Iterator[bytes]]:
        yield iter([b"official ", b"files"])


class FakeEngine(FakeRegistry):
    """An engine whose images are a dictionary."""

    def __init__(self, *, fails: bool = False) -> None:
        super().__init__(OFFICIAL)
        self.images: dict[str, dict[str, Any]] = {}
        self.fails = fails
        self.removed: list[str] = []
        self.built = 0

    def architecture(self) -> str:
        return "amd64"

    def inspect(self, reference: str) -> Mapping[str, Any] | None:
        return self.images.get(reference)

    def tags(self, label: str) -> tuple[str, ...]:
        return tuple(self.images)

    def import_base(self, tar: Iterator[bytes], labels: Mapping[str, str]) -> str:
        assert b"".join(tar)
        return "sha256:base"

    def build(self, *, tag: str, labels: Mapping[str, str], **_: object) -> None:
        self.built += 1
        if self.fails:
            raise ImageError("no")
        self.images[tag] = {"Id": f"sha256:{self.built}", "Config": {"Labels": labels}, "Size": 7}

    def remove(self, reference: str) -> bool:
        self.removed.append(reference)
        return self.images.pop(reference, None) is not None

    def remove_unfinished(self, label: str) -> None:
        self.removed.append(f"unfinished {label}")


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stand in for pip; return the recipes that were fetched."""
    names: list[str] = []

    def fetch(recipe: Recipe, architecture: str, cache: Path, progress: object) -> Path:
        names.append(recipe.name)
        return cache

    monkeypatch.setattr("sandbox.images.fetch_wheels", fetch)
    return names


def _images(engine: FakeEngine, cache: Path) -> Images:
    return Images(engine, cache=cache)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change", [{"lock": "numpy==2\n"}, {"script": "false"}, {"name": "python-data"}]
)
def test_digest_covers_every_part(change: dict[str, str]) -> None:
    assert replace(RECIPE, **change).digest(DEBIAN, "amd64") != RECIPE.digest(DEBIAN, "amd64")


def test_digest_covers_base_and_architecture() -> None:
    digests = {RECIPE.digest(k, a) for k in (DEBIAN, OFFICIAL) for a in ("amd64", "arm64")}
    assert len(digests) == 4


def test_tag_and_labels_name_the_recipe() -> None:
    digest = RECIPE.digest(DEBIAN, "amd64")
    assert RECIPE.tag(DEBIAN, "amd64") == f"worksample/grade:{digest[:12]}"
    assert RECIPE.labels(DEBIAN, "amd64") == {
        "worksample.image": "grade",
        "worksample.lock": RECIPE.lock_digest,
        "worksample.recipe": f"sha256:{digest}",
        "worksample.base": DEBIAN,
    }


def test_unknown_recipe_names_the_known() -> None:
    with pytest.raises(ImageError, match="python-data, grade"):
        load_recipe("python-dta")


@pytest.mark.parametrize("name", IMAGE_NAMES)
def test_locks_pin_all_with_hashes_and_name_no_index(name: str) -> None:
    lock = load_recipe(name).lock
    blocks = [block for block in lock.replace("\\\n", " ").splitlines() if block[:1].isalpha()]
    assert blocks
    assert all("==" in block and "--hash=sha256:" in block for block in blocks)
    assert "://" not in lock
    assert "index-url" not in lock


def test_locks_agree_on_what_they_share() -> None:
    pins = [
        dict(
            line.split(" ")[0].split("==")
            for line in load_recipe(name).lock.splitlines()
            if line[:1].isalpha()
        )
        for name in IMAGE_NAMES
    ]
    assert all(pins[0][name] == version for name, version in pins[1].items())


def test_cache_folder_follows_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WORKSAMPLE_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("WORKSAMPLE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "worksample"


def test_interrupted_write_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "base.tar"
    with contextlib.suppress(KeyboardInterrupt), complete(target) as made:
        made.write_bytes(b"half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_complete_write_replaces_file_and_folder(tmp_path: Path) -> None:
    for target in (tmp_path / "file", tmp_path / "folder"):
        for content in ("old", "new"):
            with complete(target) as made:
                if target.name == "folder":
                    made.mkdir()
                    (made / content).touch()
                else:
                    made.write_text(content)
    assert (tmp_path / "file").read_text() == "new"
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["new"]


def test_leftovers_of_the_killed_go_a_day_later(tmp_path: Path) -> None:
    old, recent = tmp_path / ".unfinished-old", tmp_path / ".unfinished-recent"
    old.mkdir()
    recent.mkdir()
    os.utime(old, (0, 0))
    with complete(tmp_path / "x") as made:
        made.touch()
    assert not old.exists()
    assert recent.exists()


def test_lock_is_held_by_one(tmp_path: Path) -> None:
    said: list[str] = []
    with (
        locked(tmp_path / "lock"),
        pytest.raises(ImageError, match="Another process"),
        locked(tmp_path / "lock", said.append, timeout_s=0.3),
    ):
        pass
    assert len(said) == 1
    with locked(tmp_path / "lock", timeout_s=0):
        pass


def test_base_is_official_where_a_registry_answers(tmp_path: Path) -> None:
    base = obtain_base(FakeRegistry(OFFICIAL), "amd64", tmp_path, lambda _: None)
    assert (base.kind, base.tar.read_bytes()) == (OFFICIAL, b"official files")


def test_base_is_bootstrapped_where_none_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: "there")
    monkeypatch.setattr(base_image, "bootstrap_command", lambda _: ["echo", "debian"])
    said: list[str] = []
    base = obtain_base(FakeRegistry(), "amd64", tmp_path, said.append)
    assert (base.kind, base.tar.read_bytes()) == (DEBIAN, b"debian\n")
    assert any("mmdebstrap" in line for line in said)


def test_base_comes_from_the_cache_next_time(tmp_path: Path) -> None:
    obtain_base(FakeRegistry(OFFICIAL), "amd64", tmp_path, lambda _: None)
    registry = FakeRegistry(OFFICIAL)
    obtain_base(registry, "amd64", tmp_path, lambda _: None)
    assert registry.asked == []
    obtain_base(registry, "amd64", tmp_path, lambda _: None, fresh=True)
    assert registry.asked == [OFFICIAL]


def test_no_registry_and_no_mmdebstrap_has_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(ImageError, match="doctor --fix"):
        obtain_base(FakeRegistry(), "amd64", tmp_path, lambda _: None)


def test_failed_bootstrap_says_why_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "echo half; echo 'E: no mirror' >&2; exit 25"
    monkeypatch.setattr("shutil.which", lambda _: "there")
    monkeypatch.setattr(base_image, "bootstrap_command", lambda _: ["sh", "-c", script])
    with pytest.raises(ImageError, match="E: no mirror"):
        obtain_base(FakeRegistry(), "amd64", tmp_path, lambda _: None)
    assert list((tmp_path / "bases").iterdir()) == []


def test_named_base_is_the_only_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKSAMPLE_BASE_IMAGE", "own/python:1")
    registry = FakeRegistry(OFFICIAL)
    with pytest.raises(ImageError, match="own/python:1"):
        obtain_base(registry, "amd64", tmp_path, lambda _: None)
    assert registry.asked == ["own/python:1"]


def test_marker_stands_before_the_base(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "base.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("etc/hostname"))
    joined = b"".join(marked(tmp_path / "base.tar", "grade"))
    with tarfile.open(fileobj=io.BytesIO(joined)) as archive:
        assert archive.getnames() == ["etc/worksample-image", "etc/hostname"]
        marker = archive.extractfile("etc/worksample-image")
        assert marker is not None
        assert marker.read() == b"grade\n"


def test_wheels_are_those_of_the_image_not_of_the_host(tmp_path: Path) -> None:
    command = download_command(tmp_path / "lock", tmp_path, "arm64")
    assert "--platform=manylinux_2_28_aarch64" in command
    assert "--python-version=3.13" in command
    assert "--require-hashes" in command
    with pytest.raises(ImageError, match="s390x"):
        download_command(tmp_path / "lock", tmp_path, "s390x")


def test_wheels_are_downloaded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(wheels, "download_command", lambda *_: ["true"])
    first = fetch_wheels(RECIPE, "amd64", tmp_path, said.append)
    assert fetch_wheels(RECIPE, "amd64", tmp_path, said.append) == first
    assert len(said) == 1


def test_failed_download_has_a_remedy_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheels, "download_command", lambda *_: ["sh", "-c", "echo bad >&2; exit 1"])
    with pytest.raises(ImageError, match=r"PIP_INDEX_URL.*bad"):
        fetch_wheels(RECIPE, "amd64", tmp_path, lambda _: None)
    assert list((tmp_path / "wheels").iterdir()) == []


def test_ensure_builds_only_what_is_missing(tmp_path: Path, fetched: list[str]) -> None:
    engine = FakeEngine()
    first = _images(engine, tmp_path).ensure("grade")
    assert _images(engine, tmp_path).ensure("grade") == first
    assert (first.id, first.base, engine.built, fetched) == ("sha256:1", OFFICIAL, 1, ["grade"])
    missing, found = _images(engine, tmp_path).list()
    assert (missing, found) == (MissingImage(name="python-data"), first)


def test_force_builds_all_anew(tmp_path: Path, fetched: list[str]) -> None:
    engine = FakeEngine()
    shelf = _images(engine, tmp_path)
    shelf.build()
    shelf.build(force=True)
    assert (engine.built, len(engine.asked)) == (4, 2)


def test_two_callers_build_once(tmp_path: Path, fetched: list[str]) -> None:
    engine = FakeEngine()
    callers = [
        threading.Thread(target=lambda: _images(engine, tmp_path).ensure("grade")) for _ in range(3)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert engine.built == 1


def test_failed_build_removes_its_base(tmp_path: Path, fetched: list[str]) -> None:
    engine = FakeEngine(fails=True)
    with pytest.raises(ImageError):
        _images(engine, tmp_path).ensure("grade")
    assert engine.removed == ["sha256:base"]


def test_full_disk_is_an_image_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fetched: list[str]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sandbox.images.obtain_base", full)
    with pytest.raises(ImageError, match="WORKSAMPLE_CACHE"):
        _images(FakeEngine(), tmp_path).ensure("grade")


def test_remove_old_keeps_the_current(tmp_path: Path, fetched: list[str]) -> None:
    engine = FakeEngine()
    shelf = _images(engine, tmp_path)
    kept = {ref.tag for ref in shelf.build()}
    engine.images["worksample/grade:old"] = {}
    assert shelf.remove_old() == ("worksample/grade:old",)
    assert set(engine.images) == kept


@pytest.mark.docker
class TestRealImages:
    """What the images that everything else stands on are like."""

    def test_images_share_no_layer(
        self, docker_sandbox: DockerSandbox, candidate_image: str, grade_image: str
    ) -> None:
        engine = DockerImages(docker_sandbox.api)
        layers = []
        for image in (candidate_image, grade_image):
            facts = engine.inspect(image)
            assert facts is not None
            layers.append(set(facts["RootFS"]["Layers"]))
        assert layers[0]
        assert not layers[0] & layers[1]

    def test_images_carry_their_labels_and_no_others(
        self, docker_sandbox: DockerSandbox, grade_image: str
    ) -> None:
        facts = DockerImages(docker_sandbox.api).inspect(grade_image)
        assert facts is not None
        config = facts["Config"]
        assert set(config["Labels"]) == set(RECIPE.labels(DEBIAN, "amd64"))
        assert config["Env"] == [
            "PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin",
            "LANG=C.UTF-8",
        ]

    def test_packages_import_from_compiled_files(
        self, docker_sandbox: DockerSandbox, candidate_image: str
    ) -> None:
        seen = _ask(
            docker_sandbox,
            candidate_image,
            "import fastapi, httpx, ipykernel, nbclient, numpy, pandas, pyarrow, pytest, scipy\n"
            "import importlib.util, os, sklearn, subprocess, sys, uvicorn, zoneinfo\n"
            "say(python=sys.version_info[:2], zone=str(zoneinfo.ZoneInfo('Europe/Berlin')),\n"
            "    git=subprocess.run(['git', '--version']).returncode,\n"
            "    pip=importlib.util.find_spec('pip') is not None,\n"
            "    compiled=os.path.exists(pandas.__cached__) and os.path.exists(json.__cached__))",
        )
        assert seen == {
            "python": [3, 13],
            "zone": "Europe/Berlin",
            "git": 0,
            "pip": False,
            "compiled": True,
        }

    def test_grade_image_has_what_hidden_tests_use(
        self, docker_sandbox: DockerSandbox, grade_image: str
    ) -> None:
        seen = _ask(
            docker_sandbox,
            grade_image,
            "import numpy, pandas, pytest, scipy, sklearn, zoneinfo\n"
            "say(marker=open('/etc/worksample-image').read())",
        )
        assert seen == {"marker": "grade\n"}

    def test_failed_script_says_its_last_words(
        self, docker_sandbox: DockerSandbox, grade_image: str
    ) -> None:
        with pytest.raises(ImageError, match=r"status 3: no such wheel"):
            DockerImages(docker_sandbox.api).build(
                base=grade_image,
                script="echo no such wheel >&2; exit 3",
                send=lambda stdin: None,
                tag="worksample/test:none",
                labels={},
            )

    def test_exported_root_file_system_is_a_tar(
        self, docker_sandbox: DockerSandbox, grade_image: str
    ) -> None:
        engine = DockerImages(docker_sandbox.api)
        with engine.root_file_system(grade_image) as chunks:
            head = next(chunks)
            size = sum(len(chunk) for chunk in chunks)
        assert head[257:262] == b"ustar"
        assert size > 100_000_000

    def test_unknown_image_is_none(self, docker_sandbox: DockerSandbox) -> None:
        assert DockerImages(docker_sandbox.api).inspect("worksample/no-such-image:1") is None


def _ask(sandbox: DockerSandbox, image: str, code: str) -> Mapping[str, object]:
    """Run ``code`` in a container; it calls ``say`` once."""
    prelude = (
        "import json, os, struct\n"
        "out = os.dup(1); os.dup2(2, 1)\n"
        "def say(**facts):\n"
        "    head = json.dumps(facts).encode()\n"
        "    os.write(out, struct.pack('>II', len(head), 0) + head)\n"
    )
    command = ("/opt/venv/bin/python", "-I", "-c", prelude + code)
    with sandbox.start(ContainerSpec(role=Role.READER, image=image, command=command)) as container:
        return container.receive(timeout_s=60).header
