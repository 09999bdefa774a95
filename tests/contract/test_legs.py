"""Which sandboxes the contract is held against here, and why not the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from boxes import Place


@pytest.mark.docker
@pytest.mark.podman
def test_podman_is_held_to_the_contract(podman_place: Place) -> None:
    parts = podman_place.api.version()["Components"]
    assert "Podman Engine" in {part["Name"] for part in parts}


@pytest.mark.docker
def test_docker_is_held_to_the_contract(docker_place: Place) -> None:
    assert docker_place.api.version()["ApiVersion"]
