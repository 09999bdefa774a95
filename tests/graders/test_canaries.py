"""The canaries on a real engine, and that each of them can fail."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from graders.canaries import CANARIES, sing
from graders.evidence import ExitKind
from sandbox.docker_engine import DockerSandbox

if TYPE_CHECKING:
    from sandbox.model import ContainerSpec

pytestmark = pytest.mark.docker


def test_all_canaries_get_their_word(docker_sandbox: DockerSandbox, candidate_image: str) -> None:
    sung = sing(docker_sandbox, candidate_image)
    assert [one.canary.name for one in sung if not one.as_expected] == [], sung
    assert {one.kind for one in sung} == {
        ExitKind.EXITED, ExitKind.DISK_FULL, ExitKind.OUTPUT_LIMIT, ExitKind.OUT_OF_MEMORY,
        ExitKind.TIMED_OUT,
    }  # fmt: skip


class LaxSandbox(DockerSandbox):
    """An engine that does not enforce one thing it is asked for."""

    def __init__(self, **lax: int) -> None:
        super().__init__()
        self._lax = lax

    def start(self, spec: ContainerSpec):  # type: ignore[no-untyped-def]
        limits = replace(spec.limits, **self._lax)
        return super().start(replace(spec, limits=limits))


@pytest.mark.parametrize(
    ("name", "lax"),
    [
        ("a fork bomb", {"pids": 400}),
        ("a full disk", {"disk_bytes": 64 << 20}),
        ("too much memory", {"memory_bytes": 2 << 30}),
    ],
)
def test_an_engine_that_ignores_a_limit_is_found_out(
    docker_sandbox: DockerSandbox, candidate_image: str, name: str, lax: dict[str, int]
) -> None:
    lax_sandbox = LaxSandbox(**lax)
    chosen = tuple(canary for canary in CANARIES if canary.name == name)
    (sung,) = sing(lax_sandbox, candidate_image, chosen)
    lax_sandbox.close()
    assert not sung.as_expected
