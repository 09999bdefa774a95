"""The rules that every submission meets, whatever it came in: names, sizes, collisions. Pure.

Intake applies them to what the host read itself and, again, to what a reader container claims.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from runner.text import clean_text, has_hidden_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_MIB: Final = 1 << 20
MAX_FILES: Final = 5_000
MAX_TOTAL_BYTES: Final = 100 * _MIB
MAX_FILE_BYTES: Final = 25 * _MIB
MAX_ARCHIVE_BYTES: Final = 100 * _MIB
MAX_PATH_BYTES: Final = 240
"""Of the whole path, so that no part reaches the 255 bytes that file systems allow."""
MAX_DEPTH: Final = 20
MAX_RATIO: Final = 100
RATIO_FLOOR_BYTES: Final = 10 * _MIB
"""Below this, no ratio is wrong: a small table of zeros packs 1000:1 and harms nobody."""
MAX_ENTRIES: Final = 4 * MAX_FILES
"""Files, folders and everything else, so that empty folders are bounded too."""

LEFT_OUT_NAMES: Final = frozenset(
    {
        ".git",
        "__pycache__",
        ".ipynb_checkpoints",
        ".DS_Store",
        ".venv",
        "venv",
        "node_modules",
        ".pytest_cache",
        ".mypy_cache",
        "__MACOSX",
    }
)
"""Never part of a submission; listed, not refused."""

_DRIVE: Final = re.compile(r"[A-Za-z]:")
_GIT_ALIKE: Final = re.compile(r"\.git(:.*)?|git~\d+")
_LFS_POINTER: Final = b"version https://git-lfs.github.com/spec/"
_INVISIBLE_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_SHOWN_CHARS: Final = 160


def show_name(name: str) -> str:
    """Return ``name`` quoted, on one line, with everything invisible made visible."""
    shown = clean_text(name, max_chars=_SHOWN_CHARS)
    return "'" + shown.replace("\n", "⟨U+000A⟩").replace("\t", "⟨U+0009⟩") + "'"


def decode_name(raw: bytes) -> tuple[str, bool]:
    """Return a name as text, and whether it was UTF-8."""
    try:
        return raw.decode(), True
    except UnicodeDecodeError:
        return raw.decode("utf-8", "backslashreplace"), False


def left_out_part(path: str) -> str | None:
    """Return the shortest leading part of ``path`` that is never taken in, or None."""
    parts = path.split("/")
    for index, part in enumerate(parts):
        if part in LEFT_OUT_NAMES:
            return "/".join(parts[: index + 1])
    return None


def path_problems(path: str, *, is_utf8: bool = True) -> tuple[str, ...]:
    """Return what is wrong with a relative path that uses ``/``, each with what to do."""
    name = show_name(path)
    if not is_utf8:
        return (f"{name} has a name that is not UTF-8: rename it",)
    return tuple(f"{name} {problem}" for problem in _path_problems(path))


def _path_problems(path: str) -> Iterator[str]:
    parts = path.split("/")
    if path.startswith("/") or _DRIVE.match(path):
        yield "is an absolute path: pack it with paths relative to the submission's folder"
    elif ".." in parts:
        yield "leads out of the submission with '..': pack it from inside the submission's folder"
    elif "." in parts or "" in parts:
        yield "has an empty or '.' part in its path: pack it again with plain relative paths"
    if any(map(_DRIVE.match, parts[1:])):
        yield "has a part that some systems take for a drive: rename it"
    if "\\" in path:
        yield "has a backslash in its name: use '/' between folders, or rename it"
    if any(map(_is_invisible, path)):
        yield "has control or invisible characters in its name: rename it"
    elif any(map(_is_git_alike, parts)):
        yield "has a name that some systems take for '.git': rename it"
    if len(path.encode("utf-8", "replace")) > MAX_PATH_BYTES:
        yield f"has a path longer than {MAX_PATH_BYTES} bytes: shorten it"
    if len(parts) > MAX_DEPTH:
        yield f"lies deeper than {MAX_DEPTH} folders: flatten it"


def _is_invisible(char: str) -> bool:
    if char.isascii():
        return not char.isprintable()
    return unicodedata.category(char) in _INVISIBLE_CATEGORIES or has_hidden_text(char)


def _is_git_alike(part: str) -> bool:
    folded = unicodedata.normalize("NFKC", part).casefold().rstrip(" .")
    return part != ".git" and _GIT_ALIKE.fullmatch(folded) is not None


def size_problem(path: str, size: int) -> str | None:
    """Return what is wrong with the size of one file."""
    if size <= MAX_FILE_BYTES:
        return None
    return (
        f"{show_name(path)} has {show_size(size)}, the limit for one file is "
        f"{show_size(MAX_FILE_BYTES)}: leave it out or make it smaller"
    )


def total_problem(sizes: Mapping[str, int], *, is_complete: bool) -> str:
    """Return that the files are too large together, naming the largest."""
    largest = sorted(sizes, key=lambda path: sizes[path], reverse=True)[:3]
    names = ", ".join(f"{show_name(path)} ({show_size(sizes[path])})" for path in largest)
    total = show_size(sum(sizes.values())) if is_complete else f"over {show_size(MAX_TOTAL_BYTES)}"
    return (
        f"the files come to {total}, the limit is {show_size(MAX_TOTAL_BYTES)}: "
        f"leave out what is not yours to hand in; the largest are {names or 'not known'}"
    )


def count_problem() -> str:
    """Return that there are too many files."""
    return (
        f"there are more than {MAX_FILES} files: leave out data sets, "
        "installed packages and build output"
    )


def collision_problems(paths: Iterable[str]) -> tuple[str, ...]:
    """Return names that some systems take for one another, and files that are also folders.

    Two names collide when they are equal after NFC and case folding; folders count as well, since
    ``Data/a`` and ``data/b`` end up in one folder on many machines.
    """
    spelled: dict[str, str] = {}
    problems: dict[str, None] = {}
    files = set(paths)
    for path in sorted(files):
        for prefix in _prefixes(path):
            other = spelled.setdefault(collision_key(prefix), prefix)
            if other != prefix:
                problems[
                    f"{show_name(other)} and {show_name(prefix)} are the same name on some "
                    "systems: rename one"
                ] = None
            if prefix != path and prefix in files:
                problems[f"{show_name(prefix)} is both a file and a folder: rename one"] = None
    return tuple(problems)


def collision_key(path: str) -> str:
    """Return what two colliding paths have in common."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _prefixes(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[:end]) for end in range(1, len(parts) + 1))


def is_lfs_pointer(content: bytes) -> bool:
    """Whether ``content`` stands for a file that Git LFS keeps elsewhere."""
    return len(content) < 1024 and content.startswith(_LFS_POINTER)


def show_size(size: int) -> str:
    """Return a size in MiB, or in bytes below a tenth of one."""
    return f"{size / _MIB:.1f} MiB" if size >= _MIB // 10 else f"{size} bytes"
