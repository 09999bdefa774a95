"""The images that submissions and hidden tests run in: found, or built without a network.

Both stand on the same packages but are built apart, so that they share no layer.
"""

from __future__ import annotations

import contextlib
import io
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from sandbox.base_image import base_kinds, marked, obtain_base
from sandbox.cache import cache_folder, locked
from sandbox.errors import ImageError
from sandbox.recipe import IMAGE_NAMES, LABEL_BASE, LABEL_IMAGE, LABEL_LOCK, load_recipe
from sandbox.wheels import fetch_wheels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
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
        """Return the images, built where missing; ``force`` builds all, on a base fetched anew."""
        recipes = [load_recipe(name) for name in names]
        with locked(self._cache / "build.lock", progress):
            wanted = [recipe for recipe in recipes if force or self._find(recipe) is None]
            if wanted:
                self._build(wanted, progress, fresh=force)
        return tuple(self._found(recipe) for recipe in recipes)

    def remove_old(self) -> tuple[str, ...]:
        """Remove images of earlier recipes that no container uses; return their tags."""
        keep = {ref.tag for ref in self.list() if isinstance(ref, ImageRef)}
        keep |= {load_recipe(name).base_tag(kind, self._arch()) for name in IMAGE_NAMES for kind in base_kinds()}
        self._engine.remove_stages()
        old = [tag for tag in self._engine.tags(LABEL_IMAGE) if tag not in keep]
        return tuple(tag for tag in old if self._engine.remove(tag))

    def _arch(self) -> str:
        return self._engine.architecture()

    def _find(self, recipe: Recipe) -> ImageRef | None:
        architecture = self._arch()
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

    def _build(self, recipes: Sequence[Recipe], progress: Progress, *, fresh: bool) -> None:
        """Fetch base and wheels at the same time, then build all at the same time."""
        architecture = self._arch()
        with ThreadPoolExecutor(len(recipes) + 1) as pool:
            base_due = pool.submit(
                obtain_base, self._engine, architecture, self._cache, progress, fresh=fresh
            )
            wheels_due = pool.submit(self._wheels, recipes, architecture, progress)
            base, wheels = base_due.result(), wheels_due.result()
            due = [
                pool.submit(self._build_one, recipe, base, folder, progress)
                for recipe, folder in zip(recipes, wheels, strict=True)
            ]
            for one in due:
                one.result()
        self._engine.remove_stages()

    def _wheels(
        self, recipes: Sequence[Recipe], architecture: str, progress: Progress
    ) -> tuple[Path, ...]:
        """Fetch one after the other: pip's own cache has most of the second."""
        return tuple(fetch_wheels(recipe, architecture, self._cache, progress) for recipe in recipes)

    def _build_one(self, recipe: Recipe, base: Base, wheels: Path, progress: Progress) -> None:
        architecture = self._arch()
        below = recipe.base_tag(base.kind, architecture)
        labels = recipe.labels(base.kind, architecture)
        progress(f"{recipe.name}: importing the base")
        self._engine.import_base(marked(base.tar, recipe.name), below, {LABEL_IMAGE: f"{recipe.name}-base"})
        progress(f"{recipe.name}: installing packages")
        tag = recipe.tag(base.kind, architecture)
        with _context(recipe, wheels) as context:
            self._engine.build(context, tag=tag, base=below, labels=labels)
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


@contextlib.contextmanager
def _context(recipe: Recipe, wheels: Path) -> Iterator[IO[bytes]]:
    """Give the tar that the engine builds from: Dockerfile, lock and wheels."""
    with tempfile.TemporaryFile() as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            for name, text in (("Dockerfile", recipe.dockerfile), ("recipe.lock", recipe.lock)):
                member = tarfile.TarInfo(name)
                member.size, member.mode = len(text.encode()), 0o644
                archive.addfile(member, io.BytesIO(text.encode()))
            archive.add(wheels, arcname="wheels")
        file.seek(0)
        yield file
