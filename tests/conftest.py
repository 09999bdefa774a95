"""What all tests share: the engine and the images, asked for by name, skipped visibly without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from postgres_server import REMEDY, PostgresServer, find_programs
from s3_server import S3Server
from task_factory import make_task

from sandbox.docker_engine import DockerSandbox
from sandbox.docker_images import DockerImages
from sandbox.errors import EngineUnavailableError
from sandbox.images import Images

__all__ = ["make_task"]

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def docker_sandbox() -> Iterator[DockerSandbox]:
    """Give the engine of this machine; nothing of ours is left there afterwards."""
    sandbox = DockerSandbox()
    try:
        sandbox.remove_leftovers()
    except EngineUnavailableError as error:
        pytest.skip(f"needs a Docker engine: {error}")
    yield sandbox
    sandbox.close()


@pytest.fixture(scope="session")
def images(docker_sandbox: DockerSandbox) -> Images:
    """Give the images of the engine."""
    return Images(DockerImages(docker_sandbox.api))


@pytest.fixture(scope="session")
def candidate_image(images: Images) -> str:
    """Return the id of the image that submissions run in."""
    return images.ensure("python-data").id


@pytest.fixture(scope="session")
def grade_image(images: Images) -> str:
    """Return the id of the image that hidden tests run in."""
    return images.ensure("grade").id


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Give a running database server."""
    programs = find_programs()
    if programs is None:
        pytest.skip(REMEDY)
    server = PostgresServer(programs)
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """Give an S3 server, which is started once it is asked for."""
    server = S3Server(tmp_path_factory.mktemp("s3"))
    yield server
    server.stop()


@pytest.fixture
def s3(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """Give a running S3 server with an empty bucket, which the environment names."""
    s3_server.empty()
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return s3_server


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-seeds",
        action="store_true",
        help="run every solution of the catalog on every seed (default: a part, in turn)",
    )
    parser.addoption(
        "--crash", action="store_true", help="kill runners, and restart an engine of the tests' own"
    )
    parser.addoption(
        "--podman", action="store_true", help="hold the sandbox contract against Podman, too"
    )
