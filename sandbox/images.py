"""The images that submissions and hidden tests run in: found, or built without a network.

Both stand on the same packages but are built apart, so that they share no layer.
"""

from __future__ import annotations

import io
import tarfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.base_image import base_kinds, marked, obtain_base
from sandbox.cache import cache_folder, locked
from sandbox.errors import ImageError
from sandbox.recipe import IMAGE_NAMES, LABEL_BASE, LABEL_IMAGE, LABEL_LOCK, load_recipe
from sandbox.wheels import fetch_wheels

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sandbox.base_image import Base
    from sandbox.cache import Progress
    from sandbox.docker_images import DockerImages
    from sandbox.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRef:
    """One built image. ``id`` goes into every grading."""

    name: str
    id: str
    tag: str
    lock_digest: str
    base: str
    """Where its root file system came from, such as ``debian:trixie``."""
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingImage:
    """An image that is yet to be built."""

    name: str


def quietly(_: str) -> None:
    """Take a word of progress and drop it."""


class Images:
    """Finds and builds the images of one engine."""

    def __init__(self, engine: DockerImages, *, cache: Path | None = None) -> None:
        self._engine = engine
        self._cache = cache if cache is not None else cache_folder()

    def ensure(self, name: str, progress: Progress = quietly) -> ImageRef:
        """Return the image called ``name``, built if it is missing.

        Raises:
            ImageError: there is no such recipe, or it cannot be built; the message has the remedy.
            EngineUnavailableError: no engine answers.
        """
        return self._find(load_recipe(name)) or self.build([name], progress)[0]

    def list(self) -> tuple[ImageRef | MissingImage, ...]:
        """Return every image, built or not."""
        recipes = map(load_recipe, IMAGE_NAMES)
        return tuple(self._find(recipe) or MissingImage(name=recipe.name) for recipe in recipes)

    def build(
        self,
        names: Sequence[str] = IMAGE_NAMES,
        progress: Progress = quietly,
        *,
        force: bool = False,
    ) -> tuple[ImageRef, ...]:
        """Return the images, built where missing; ``force`` builds all, on a base fetched anew.

        Raises:
            ImageError: as for :meth:`ensure`.
        """
        recipes = [load_recipe(name) for name in names]
        with locked(self._cache / "build.lock", progress):
            wanted = [recipe for recipe in recipes if force or self._find(recipe) is None]
            if wanted:
                self._build_in_cache(wanted, progress, fresh=force)
        return tuple(self._found(recipe) for recipe in recipes)

    def remove_old(self) -> tuple[str, ...]:
        """Remove images of earlier recipes that no container uses; return their tags."""
        kept = {ref.tag for ref in self.list() if isinstance(ref, ImageRef)}
        old = [tag for tag in self._engine.tags(LABEL_IMAGE) if tag not in kept]
        removed = tuple(tag for tag in old if self._engine.remove(tag))
        self._engine.remove_unfinished(LABEL_IMAGE)
        return removed

    def _find(self, recipe: Recipe) -> ImageRef | None:
        architecture = self._engine.architecture()
        for kind in base_kinds():
            tag = recipe.tag(kind, architecture)
            facts = self._engine.inspect(tag)
            if facts is not None:
                return _reference(recipe.name, tag, facts)
        return None

    def _found(self, recipe: Recipe) -> ImageRef:
        found = self._find(recipe)
        if found is None:
            raise ImageError(f"The image {recipe.name} was built but is gone; build it again.")
        return found

    def _build_in_cache(
        self, recipes: Sequence[Recipe], progress: Progress, *, fresh: bool
    ) -> None:
        try:
            self._build(recipes, progress, fresh=fresh)
        except OSError as error:
            raise ImageError(
                f"The folder {self._cache} cannot take what an image needs ({error}); make room "
                "there or name another in WORKSAMPLE_CACHE."
            ) from error

    def _build(self, recipes: Sequence[Recipe], progress: Progress, *, fresh: bool) -> None:
        """Fetch base and wheels at the same time, then build all at the same time."""
        architecture = self._engine.architecture()
        with ThreadPoolExecutor(len(recipes) + 1) as pool:
            base_due = pool.submit(
                obtain_base, self._engine, architecture, self._cache, progress, fresh=fresh
            )
            # One lock after the other: pip's own cache has most of the second.
            wheels = [fetch_wheels(one, architecture, self._cache, progress) for one in recipes]
            base = base_due.result()
            due = [
                pool.submit(self._build_one, recipe, architecture, base, folder, progress)
                for recipe, folder in zip(recipes, wheels, strict=True)
            ]
            for one in due:
                one.result()

    def _build_one(
        self, recipe: Recipe, architecture: str, base: Base, wheels: Path, progress: Progress
    ) -> None:
        progress(f"{recipe.name}: importing the base")
        below = self._engine.import_base(
            marked(base.tar, recipe.name), {LABEL_IMAGE: f"{recipe.name}-base"}
        )
        progress(f"{recipe.name}: installing packages")
        tag = recipe.tag(base.kind, architecture)
        try:
            self._engine.build(
                base=below,
                script=recipe.script,
                send=lambda stdin: _send(stdin, recipe, wheels),
                tag=tag,
                labels=recipe.labels(base.kind, architecture),
            )
        except BaseException:
            self._engine.remove(below)
            raise
        progress(f"{recipe.name}: ready as {tag}")


def _reference(name: str, tag: str, facts: Mapping[str, Any]) -> ImageRef:
    labels = facts["Config"].get("Labels") or {}
    return ImageRef(
        name=name,
        id=facts["Id"],
        tag=tag,
        lock_digest=labels.get(LABEL_LOCK, ""),
        base=labels.get(LABEL_BASE, ""),
        size_bytes=int(facts.get("Size", 0)),
    )


def _send(stdin: socket.socket, recipe: Recipe, wheels: Path) -> None:
    """Write the tar that the recipe's script reads; the tar's own end mark ends it."""
    lock = recipe.lock.encode()
    member = tarfile.TarInfo("recipe.lock")
    member.size, member.mode = len(lock), 0o644
    with stdin.makefile("wb") as file, tarfile.open(fileobj=file, mode="w|") as archive:
        archive.addfile(member, io.BytesIO(lock))
        archive.add(wheels, arcname="wheels")
