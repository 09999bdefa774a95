"""The sandboxes that the contract is held against: each behaviour on each of them.

A behaviour that a plain process cannot have (a limit of the kernel's, a wall, a label) is marked
``engine_only`` with the reason, and the fake is left out. Nothing else tells the legs apart.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from boxes import Box, Place
from engine_proxy import ENGINE, EngineProxy
from podman import NoPodmanError, copy_python, podman_is_installed, podman_service

from sandbox.docker_engine import DockerSandbox
from sandbox.engine_api import connect
from sandbox.fake import FakeSandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCKER = pytest.param("docker", marks=[pytest.mark.docker])
PODMAN = pytest.param("podman", marks=[pytest.mark.docker, pytest.mark.podman])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "box" not in metafunc.fixturenames:
        return
    # Where Podman is missing, one test says so, rather than every one.
    podman = metafunc.config.getoption("--podman") and podman_is_installed()
    engines = [DOCKER, PODMAN] if podman else [DOCKER]
    engine_only = metafunc.definition.get_closest_marker("engine_only")
    metafunc.parametrize("box", engines if engine_only else ["fake", *engines], indirect=True)


@pytest.fixture
def box(request: pytest.FixtureRequest) -> Iterator[Box]:
    """Give one sandbox; when the test is done, nothing of it may be left."""
    name = request.param
    if name == "fake":
        fake = FakeSandbox()
        yield Box(name=name, sandbox=fake, image="fake", another=FakeSandbox)
        fake.close()
        return
    place: Place = request.getfixturevalue(f"{name}_place")
    with contextlib.closing(DockerSandbox(base_url=place.url)) as sandbox:
        box = Box(
            name=name,
            sandbox=sandbox,
            image=place.image,
            another=lambda: DockerSandbox(base_url=place.url),
            engine=place.api,
            socket=place.url.removeprefix("unix://"),
        )
        yield box
    assert box.left() == []


@pytest.fixture
def door(box: Box, tmp_path: Path) -> Iterator[EngineProxy]:
    """Give a door before the box's engine that the test can shut."""
    proxy = EngineProxy(tmp_path / "door.sock", box.socket)
    yield proxy
    proxy.stop()


@pytest.fixture(scope="session")
def docker_place(docker_sandbox: DockerSandbox, candidate_image: str) -> Place:
    """Say where the engine of this machine is."""
    return Place(url=f"unix://{ENGINE}", api=docker_sandbox.api, image=candidate_image)


@pytest.fixture(scope="session")
def podman_place(docker_place: Place, request: pytest.FixtureRequest) -> Iterator[Place]:
    """Start a Podman with the Python of the very same image, or say what is missing."""
    if not request.config.getoption("--podman"):
        pytest.skip("Podman has a leg of its own: make podman")
    with contextlib.ExitStack() as stack:
        try:
            url = stack.enter_context(podman_service())
        except NoPodmanError as error:
            pytest.skip(str(error))
        api = stack.enter_context(contextlib.closing(connect(url)))
        yield Place(url=url, api=api, image=copy_python(docker_place.api, docker_place.image, api))
