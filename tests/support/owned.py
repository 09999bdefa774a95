"""What processes of worksample have running, or have left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.owner import Owner

if TYPE_CHECKING:
    from sandbox.docker_engine import DockerSandbox


def of_this_process(sandbox: DockerSandbox) -> list[dict[str, Any]]:
    """Return what the engine says of the containers that this process owns, any test's."""
    mine = {"label": f"{Owner.LABEL}={Owner.of_this_process().value}"}
    return list(sandbox.api.containers(all=True, filters=mine))


def containers_of(sandbox: DockerSandbox, *pids: int) -> list[dict[str, Any]]:
    """Return the labels of the containers that these processes own."""
    found = sandbox.api.containers(all=True, filters={"label": Owner.LABEL})
    labels = [one["Labels"] for one in found]
    return [one for one in labels if int(one[Owner.LABEL].split(":")[-2]) in pids]
