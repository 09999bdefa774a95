"""What the image builder asks of the Docker engine.

An image is a container's file system, committed: one layer on the base, no build cache, no stages.
"""

from __future__ import annotations

import contextlib
import json
import queue
import secrets
import threading
import time
from typing import TYPE_CHECKING, Any, Final, Self

from sandbox.engine_api import connect, engine_errors
from sandbox.errors import ImageError, SandboxError
from sandbox.model import GIB

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sandbox.engine_api import Client

BUILD_TIMEOUT_S: Final = 900
"""No step of a build takes longer, on the slowest disk."""
PULL_ANSWER_S: Final = 20.0
"""A registry that has not answered by then is not there."""
PULL_SILENCE_S: Final = 120.0
BUILDER: Final = "worksample-build-"
"""How building containers are named. A label would pass to the image, and on to what runs it."""
FETCHED: Final = "worksample/fetched"
"""How images of other engines are named; without a name they would be swept away."""
_SCRATCH_BYTES: Final = 2 * GIB
_PATH: Final = "/usr/local/bin:/usr/bin:/bin"
_IMAGE_CONFIG: Final = {
    "Cmd": ["python"],
    "Env": [f"PATH=/opt/venv/bin:{_PATH}", "LANG=C.UTF-8"],
}


class DockerImages:
    """Images of one engine, over a client that others may use too."""

    def __init__(self, api: Client) -> None:
        self._api = _with_timeout(api, BUILD_TIMEOUT_S)
        self._impatient = _with_timeout(api, PULL_ANSWER_S)

    @classmethod
    def connect(cls, base_url: str | None = None) -> Self:
        """Return the images of the engine that the environment names, or of ``base_url``."""
        return cls(connect(base_url))

    def architecture(self) -> str:
        """Return the engine's architecture in its own word, such as ``amd64``."""
        with engine_errors():
            return str(self._api.version()["Arch"])

    def versions(self) -> Mapping[str, str]:
        """Return the versions of the engine's parts by name, such as ``Engine`` and ``runc``."""
        with engine_errors():
            parts = self._api.version().get("Components") or ()
        return {str(part["Name"]): str(part["Version"]) for part in parts}

    def inspect(self, reference: str) -> Mapping[str, Any] | None:
        """Return the engine's facts on an image, or None if it has none of that name."""
        try:
            with engine_errors():
                facts: dict[str, Any] = self._api.inspect_image(reference)
        except ImageError:
            return None
        return facts

    def tags(self, label: str) -> tuple[str, ...]:
        """Return every tag of the images that carry ``label``."""
        with engine_errors():
            found = self._api.images(filters={"label": label})
        return tuple(tag for entry in found for tag in entry.get("RepoTags") or ())

    def import_base(self, tar: Iterable[bytes], labels: Mapping[str, str]) -> str:
        """Make an untagged one-layer image of a root file system; return its id."""
        changes = [f"LABEL {key}={json.dumps(value)}" for key, value in labels.items()]
        with engine_errors():
            answer = self._api.import_image_from_stream(tar, changes=changes)
        last = json.loads(str(answer).splitlines()[-1])
        if not str(last.get("status", "")).startswith("sha256:"):
            raise ImageError(f"The base could not be imported: {last.get('error', last)}")
        return str(last["status"])

    def build(
        self,
        *,
        base: str,
        script: str,
        send: Callable[[socket.socket], None],
        tag: str,
        labels: Mapping[str, str],
    ) -> None:
        """Run ``script`` in a container on ``base`` and commit what it leaves.

        Args:
            base: an image id.
            script: for ``/bin/sh``; it has no network, and ``$SCRATCH`` does not last.
            send: writes what the script reads from its stdin.
            tag: the reference of the result.
            labels: the labels of the result.

        Raises:
            ImageError: the script failed; its last words are in the message.
        """
        with self._container(base, script) as made:
            self._run(made, send)
            with engine_errors():
                code = self._api.wait(made, timeout=BUILD_TIMEOUT_S)["StatusCode"]
                said = self._api.logs(made, tail=10).decode("utf-8", "replace").strip()
            if code != 0:
                raise ImageError(f"Building {tag} failed with status {code}: {said[-800:]}")
            name, _, version = tag.partition(":")
            conf = {**_IMAGE_CONFIG, "Labels": dict(labels)}
            with engine_errors():
                self._api.commit(made, repository=name, tag=version, conf=conf)

    def _run(self, container: str, send: Callable[[socket.socket], None]) -> None:
        """Start a container and let ``send`` write to its stdin."""
        with engine_errors():
            attached = self._api.attach_stdio(container, only_stdin=True)
        try:
            with engine_errors():
                self._api.start(container)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                send(attached.socket)  # if it stops reading, its own last words say more
        finally:
            attached.close()

    def remove_unfinished(self, label: str) -> None:
        """Remove what killed builds left: their containers, and untagged images with ``label``."""
        filters = {"name": BUILDER, "status": ["exited", "created", "dead"]}
        with engine_errors():
            for left in self._api.containers(all=True, filters=filters):
                if left["Created"] < time.time() - BUILD_TIMEOUT_S:
                    self._api.remove_container(left["Id"], force=True, v=True)
            self._api.prune_images(filters={"dangling": True, "label": label})

    def remove(self, reference: str) -> bool:
        """Remove an image unless a container uses it; say whether it went."""
        try:
            with engine_errors():
                self._api.remove_image(reference)
        except SandboxError:
            return False
        return True

    def registry_has(self, reference: str) -> bool:
        """Whether a registry answers with this image; nothing is downloaded."""
        try:
            with engine_errors():
                self._impatient.inspect_distribution(reference)
        except SandboxError:
            return False
        return True

    def pull(self, reference: str) -> bool:
        """Fetch an image; False if no registry answers with it, or it stops answering."""
        events: queue.SimpleQueue[Mapping[str, Any] | None] = queue.SimpleQueue()

        def read() -> None:
            with contextlib.suppress(SandboxError), engine_errors():
                for event in self._api.pull(reference, stream=True, decode=True):
                    events.put(event)
            events.put(None)

        threading.Thread(target=read, name="pull", daemon=True).start()
        patience_s = PULL_ANSWER_S
        with contextlib.suppress(queue.Empty):
            while (event := events.get(timeout=patience_s)) is not None:
                if "error" in event:
                    return False
                patience_s = PULL_SILENCE_S
        return self.inspect(reference) is not None

    def save(self, image: str) -> Iterator[bytes]:
        """Yield an image as the chunks of one tar, for :meth:`load` of another engine."""
        with engine_errors():
            yield from self._api.get_image(image)

    def load(self, image: str, tar: Iterable[bytes]) -> None:
        """Take an image that another engine saved by its id, and give it a tag of its own.

        Raises:
            ImageError: the tar held another image, or none.
        """
        with engine_errors():
            said = [event["error"] for event in self._api.load_image(tar) if "error" in event]
        if self.inspect(image) is None:
            words = said[0] if said else "it is another one"
            raise ImageError(f"The image {image} could not be loaded: {words}.")
        with engine_errors():
            self._api.tag(image, FETCHED, image.removeprefix("sha256:")[:12])

    @contextlib.contextmanager
    def root_file_system(self, reference: str) -> Iterator[Iterator[bytes]]:
        """Give the files of an image as the chunks of one tar."""
        with self._container(reference, "true") as made:
            yield self._export(made)

    def _export(self, container: str) -> Iterator[bytes]:
        with engine_errors():
            yield from self._api.export(container)

    @contextlib.contextmanager
    def _container(self, image: str, script: str) -> Iterator[str]:
        """Create a container without a network, give its id and remove it."""
        with engine_errors():
            made = self._api.create_container(
                image,
                name=BUILDER + secrets.token_hex(6),
                command=["/bin/sh", "-c", script],
                entrypoint=[],
                stdin_open=True,
                environment={"PATH": _PATH, "LANG": "C.UTF-8"},
                host_config=self._api.create_host_config(
                    network_mode="none",
                    tmpfs={"/tmp": f"rw,exec,size={_SCRATCH_BYTES}"},  # noqa: S108
                ),
            )
        try:
            yield made["Id"]
        finally:
            with engine_errors():
                self._api.remove_container(made["Id"], force=True, v=True)


def _with_timeout(api: Client, timeout_s: float) -> Any:
    """Return a client on the same connections with its own patience; the stubs know half of it."""
    copy = object.__new__(type(api))
    copy.__dict__.update(api.__dict__, timeout=timeout_s)
    return copy
