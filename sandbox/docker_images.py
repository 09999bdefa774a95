"""What the image builder asks of the Docker engine."""

from __future__ import annotations

import contextlib
import json
import queue
import threading
from typing import TYPE_CHECKING, Any, Final

from sandbox.engine_api import engine_errors
from sandbox.errors import ImageError, SandboxError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import IO

    from sandbox.engine_api import APIClient

BUILD_SILENCE_S: Final = 900
"""A build step that says nothing for so long has failed."""
PULL_ANSWER_S: Final = 20.0
"""A registry that has not answered by then is not there."""
PULL_SILENCE_S: Final = 120.0


class DockerImages:
    """Images of one engine."""

    def __init__(self, api: APIClient) -> None:
        self._api = api

    def architecture(self) -> str:
        """Return the engine's architecture in its own word, such as ``amd64``."""
        with engine_errors():
            return str(self._api.version()["Arch"])

    def inspect(self, reference: str) -> Mapping[str, Any] | None:
        """Return the engine's facts on an image, or None if it has none of that name."""
        try:
            with engine_errors():
                facts: dict[str, Any] = self._api.inspect_image(reference)
        except ImageError:
            return None
        return facts

    def tags(self, label: str) -> tuple[str, ...]:
        """Return every tag of the images that carry ``label``, a name or ``name=value``."""
        with engine_errors():
            found = self._api.images(filters={"label": label})
        return tuple(tag for entry in found for tag in entry.get("RepoTags") or ())

    def import_base(self, tar: Iterable[bytes], tag: str, labels: Mapping[str, str]) -> None:
        """Make a one-layer image of a root file system."""
        name, _, version = tag.partition(":")
        changes = [f"LABEL {key}={json.dumps(value)}" for key, value in labels.items()]
        with engine_errors():
            answer = self._api.import_image_from_stream(
                tar, repository=name, tag=version, changes=changes
            )
        for line in str(answer).splitlines():
            _check(json.loads(line), "The base could not be imported")

    def build(
        self, context: IO[bytes], *, tag: str, base: str, labels: Mapping[str, str]
    ) -> None:
        """Build ``context``, a tar with a Dockerfile, without a network.

        Raises:
            ImageError: a step failed; its last words are in the message.
        """
        said: list[str] = []
        with engine_errors():
            for event in self._api.build(
                fileobj=context,
                custom_context=True,
                tag=tag,
                buildargs={"BASE": base},
                labels=dict(labels),
                network_mode="none",
                nocache=True,
                rm=True,
                forcerm=True,
                decode=True,
                timeout=BUILD_SILENCE_S,
            ):
                said.append(str(event.get("stream", "")).strip())
                _check(event, f"Building {tag} failed after {' '.join(said)[-600:]!r}")

    def remove_stages(self) -> None:
        """Remove the intermediate stages that builds left behind."""
        filters = {"dangling": True, "label": "worksample.stage=build"}
        with engine_errors():
            self._api.prune_images(filters=filters)

    def remove(self, tag: str) -> bool:
        """Remove an image unless a container uses it; say whether it went."""
        try:
            with engine_errors():
                self._api.remove_image(tag)
        except SandboxError:
            return False
        return True

    def pull(self, reference: str) -> bool:
        """Fetch an image; False if no registry answers with it."""
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

    @contextlib.contextmanager
    def root_file_system(self, reference: str) -> Iterator[Iterator[bytes]]:
        """Give the files of an image as the chunks of one tar."""
        with engine_errors():
            made = self._api.create_container(reference, command=["true"], network_disabled=True)
            try:
                yield self._api.export(made["Id"])
            finally:
                self._api.remove_container(made["Id"], force=True, v=True)


def _check(event: Mapping[str, Any], what: str) -> None:
    if "error" in event:
        raise ImageError(f"{what}: {event['error']}")
