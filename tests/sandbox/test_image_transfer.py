"""An image goes from one engine to another through a stream, and is the same there."""

from __future__ import annotations

import io
import secrets
import tarfile
from typing import TYPE_CHECKING

import pytest

from sandbox.docker_images import FETCHED, DockerImages
from sandbox.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.docker_engine import DockerSandbox

pytestmark = pytest.mark.docker


@pytest.fixture
def engine(docker_sandbox: DockerSandbox) -> DockerImages:
    return DockerImages(docker_sandbox.api)


@pytest.fixture
def tiny(engine: DockerImages) -> Iterator[str]:
    """Give the id of an image of a few bytes, like no other."""
    image = engine.import_base(iter([_tar()]), {})
    yield image
    engine.remove(f"{FETCHED}:{image.removeprefix('sha256:')[:12]}")
    engine.remove(image)


def test_a_saved_image_is_loaded_under_its_own_id(engine: DockerImages, tiny: str) -> None:
    saved = list(engine.save(tiny))
    assert engine.remove(tiny)
    assert engine.inspect(tiny) is None
    engine.load(tiny, iter(saved))
    facts = engine.inspect(tiny)
    assert facts is not None
    assert facts["Id"] == tiny
    assert facts["RepoTags"] == [f"{FETCHED}:{tiny.removeprefix('sha256:')[:12]}"]


def test_another_image_in_its_place_is_refused(engine: DockerImages, tiny: str) -> None:
    saved = list(engine.save(tiny))
    with pytest.raises(ImageError, match="could not be loaded: it is another one"):
        engine.load(f"sha256:{'0' * 64}", iter(saved))


def test_a_tar_that_was_cut_off_is_refused(engine: DockerImages, tiny: str) -> None:
    saved = b"".join(engine.save(tiny))
    assert engine.remove(tiny)
    with pytest.raises(ImageError, match=r"could not be loaded: .*EOF"):
        engine.load(tiny, iter([saved[: len(saved) // 2]]))


def _tar() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        content = secrets.token_bytes(16)
        member = tarfile.TarInfo("file")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()
