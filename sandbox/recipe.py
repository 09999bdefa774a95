"""Image recipes: what goes in, and the digest that names the result."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from sandbox.errors import ImageError

IMAGE_NAMES: Final = ("python-data", "grade")
PYTHON_VERSION: Final = "3.13"
LABEL_IMAGE: Final = "worksample.image"
LABEL_LOCK: Final = "worksample.lock"
LABEL_RECIPE: Final = "worksample.recipe"
LABEL_BASE: Final = "worksample.base"
_REPOSITORY: Final = "worksample"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One image to build: pinned packages on a base."""

    name: str
    lock: str
    script: str
    """What installs them; its stdin is a tar with ``recipe.lock`` and ``wheels/``."""

    @property
    def lock_digest(self) -> str:
        """Digest of the pinned packages."""
        return f"sha256:{hashlib.sha256(self.lock.encode()).hexdigest()}"

    def digest(self, base: str, architecture: str) -> str:
        """Return the digest of all that the image follows from; ``base`` names the kind of base."""
        parts = (self.name, self.lock, self.script, base, architecture)
        framed = b"".join(b"%d:%s" % (len(p.encode()), p.encode()) for p in parts)
        return hashlib.sha256(framed).hexdigest()

    def tag(self, base: str, architecture: str) -> str:
        """Return the image's reference."""
        return f"{_REPOSITORY}/{self.name}:{self.digest(base, architecture)[:12]}"

    def labels(self, base: str, architecture: str) -> dict[str, str]:
        """Return the labels to write on the image."""
        return {
            LABEL_IMAGE: self.name,
            LABEL_LOCK: self.lock_digest,
            LABEL_RECIPE: f"sha256:{self.digest(base, architecture)}",
            LABEL_BASE: base,
        }


def load_recipe(name: str) -> Recipe:
    """Return the recipe called ``name``.

    Raises:
        ImageError: there is none.
    """
    if name not in IMAGE_NAMES:
        raise ImageError(f"There is no image {name!r}; there are {', '.join(IMAGE_NAMES)}.")
    folder = files("sandbox") / "recipes"
    return Recipe(
        name=name,
        lock=(folder / f"{name}.lock").read_text(encoding="utf-8"),
        script=(folder / "install.sh").read_text(encoding="utf-8"),
    )


def lock_digest_of(name: str) -> str:
    """Return the digest of an image's packages, as they are here; empty without a recipe."""
    return load_recipe(name).lock_digest if name in IMAGE_NAMES else ""
