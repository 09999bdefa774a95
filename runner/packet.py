"""The packet: a zip with everything one candidate works from, and nothing that is hidden."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Final

from graders.guests import stub_sources_to_hand_out
from graders.upstream import DATA_PREFIX
from sandbox.recipe import lock_digest_of
from tasks.brief import prompt_heading, render_brief, writeup_template
from tasks.errors import TaskFormatError
from tasks.files import PROOF_FILE, files_under, read_under
from tasks.manifest import clean_path
from tasks.public import public_task
from tasks.variant import check_candidate_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tasks.model import Task

HIDDEN_NAMES: Final = (
    "hidden_tests",
    PROOF_FILE,
    "solutions",
    "truth",
    "rubric.toml",
    "task.toml",
    "variant.py",
)

_TIMESTAMP: Final = (1980, 1, 1, 0, 0, 0)
_REGULAR_0644: Final = 0o100644 << 16
_TELLING_CHARS: Final = 40
_TELLING_LINES: Final = 4
_TELLING_TRUTH_BYTES: Final = 16


def build_packet(
    task: Task,
    *,
    candidate: str,
    public_files: Mapping[str, bytes],
    facts: Mapping[str, object],
    variant: str | None = None,
    upstream_files: Mapping[str, bytes] | None = None,
) -> bytes:
    """Return the packet of one candidate as a zip; the same arguments give the same bytes.

    Args:
        task: The task.
        candidate: The candidate's code.
        public_files: What ``generate`` wrote into ``public``, by relative path.
        facts: What ``generate`` returned for the scenario ``public``.
        variant: The variant's id, for people to compare.
        upstream_files: What the upstream serves in the scenario ``public``, by relative path.

    Raises:
        CandidateCodeError: If the code is malformed.
        TaskFormatError: If the brief does not render, a path is not clean, or two files of the
            packet would have the same place.
    """
    root = f"{task.id}-{check_candidate_code(candidate)}"
    files = _Files(task)
    brief = render_brief(task, facts=facts, candidate=candidate)
    files.add("BRIEF.md", brief.encode(), "brief.md")
    if (name := _writeup_name(task)) is not None:
        files.add(name, writeup_template(task).encode(), "rubric.toml")
    description = public_task(
        task,
        candidate=candidate,
        public_files=public_files,
        variant=variant,
        image_lock=lock_digest_of(task.manifest.image.name),
    )
    files.add("TASK.json", f"{description.model_dump_json(indent=2)}\n".encode(), "task.toml")
    for path, content in public_files.items():
        files.add(f"data/{path}", content, "variant.py")
    if task.manifest.upstream is not None:
        for path, content in _upstream(task, upstream_files or {}):
            files.add(f"upstream/{path}", content, "upstream.py")
    for path, content in read_under(task.path, "public_tests").items():
        files.add(f"public_tests/{path}", content, f"public_tests/{path}")
    for path, content in read_under(task.path, "starter").items():
        files.add(path, content, f"starter/{path}")
    return _zip({f"{root}/{path}": content for path, content in files.contents.items()})


def packet_leaks(packet: bytes, task: Task, truth_files: Mapping[str, bytes]) -> list[str]:
    """Return a sentence for each hidden thing that a packet holds; none of them should exist.

    The last guard before a packet is written. In files made for the candidate any long line of
    the hidden tests, the solutions or the generator tells; in the author's starter and public
    tests, which share helpers with those, a block of long lines of the hidden tests does.

    Args:
        packet: The zip.
        task: The task with its hidden files.
        truth_files: What ``generate`` wrote into ``truth``, by relative path.
    """
    hidden = _hidden_lines(task)
    published = set(_published_contents(task))
    shared = {*published, writeup_template(task).encode()}
    known = {line for content in shared for line in _telling_lines(content)}
    leaks = []
    for name, content in _members(packet).items():
        if name.split("/")[0].casefold() in HIDDEN_NAMES:
            leaks.append(f"{name}: has the name of a hidden file")
        lines = _telling_lines(content)
        line_set = set(lines)
        for source, secret in hidden.items():
            if content not in published:
                found = line_set.intersection(secret) - known
            else:
                found = set() if source.startswith("solutions/") else _common_block(lines, secret)
            if found:
                leaks.append(f"{name}: holds text of {source}: {min(found)[:80]}")
        leaks += [
            f"{name}: holds the truth file {source}"
            for source, truth in truth_files.items()
            if not (task.manifest.upstream and source.startswith(f"public/{DATA_PREFIX}"))
            if len(truth.strip()) >= _TELLING_TRUTH_BYTES and truth.strip() in content
        ]
    return leaks


def _upstream(task: Task, files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield what the candidate needs to run the API as it is in the scenario ``public``."""
    yield from stub_sources_to_hand_out().items()
    yield "upstream.py", (task.path / "upstream.py").read_bytes()
    for path, content in files.items():
        yield f"scenario/{path}", content


class _Files:
    """The packet's files so far; a second file at the same place is the author's mistake."""

    def __init__(self, task: Task) -> None:
        self.contents: dict[str, bytes] = {}
        self._task = task
        self._taken: dict[str, str] = {}

    def add(self, path: str, content: bytes, source: str) -> None:
        file = f"{self._task.path.name}/{source}"
        try:
            clean_path(path)
        except ValueError as error:
            raise TaskFormatError(file, "", f"has no place in the packet: {error}") from error
        # Without regard to case, for the candidate's file system may have none.
        parts = path.casefold().split("/")
        places = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        for place in places:
            if self._taken.get(place, "folder") != "folder" or (
                place == places[-1] and place in self._taken
            ):
                reason = f"{path!r} would take the place of another file of the packet; rename it"
                raise TaskFormatError(file, "", reason)
        self._taken.update(dict.fromkeys(places[:-1], "folder"))
        self._taken[places[-1]] = "file"
        self.contents[path] = content


def _writeup_name(task: Task) -> str | None:
    """Return where the write-up's template goes; None if the starter notebook has it."""
    notebook = task.manifest.notebook
    if notebook is None:
        return "WRITEUP.md"
    path = task.path / "starter" / notebook.path
    text = (
        "\n".join(_markdown_cells(path.read_bytes(), task, notebook.path)) if path.is_file() else ""
    )
    lines = {line.strip() for line in text.splitlines()}
    has_prompts = all(prompt_heading(prompt) in lines for prompt in task.rubric.prompts)
    has_claims = all(f"{claim.id}:" in text for claim in task.rubric.claims)
    return None if path.is_file() and has_prompts and has_claims else "WRITEUP-cells.md"


def _markdown_cells(content: bytes, task: Task, path: str) -> Iterator[str]:
    try:
        cells = json.loads(content)["cells"]
        for cell in cells:
            if cell["cell_type"] == "markdown":
                yield "".join(cell["source"])
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise TaskFormatError(f"{task.path.name}/starter/{path}", "", "is no notebook") from error


def _zip(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, date_time=_TIMESTAMP)
            info.create_system = 3  # Unix, on every system, so that the mode counts
            info.external_attr = _REGULAR_0644
            archive.writestr(info, files[name], zipfile.ZIP_DEFLATED, 9)
    return buffer.getvalue()


def _members(packet: bytes) -> dict[str, bytes]:
    """Return the files of a packet by their path below its folder."""
    with zipfile.ZipFile(io.BytesIO(packet)) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def _published_contents(task: Task) -> Iterator[bytes]:
    for folder in ("starter", "public_tests"):
        yield from read_under(task.path, folder).values()
    if task.manifest.upstream is not None:
        yield (task.path / "upstream.py").read_bytes()


def _hidden_lines(task: Task) -> dict[str, list[str]]:
    shared = _shared_helpers(task)
    return {
        name: _telling_lines(path.read_bytes())
        for name, path in files_under(task.path).items()
        if (name.startswith(("hidden_tests/", "solutions/")) and name not in shared)
        or ("/" not in name and name.endswith(".py") and not _goes_out(task, name))
    }


def _goes_out(task: Task, name: str) -> bool:
    return name == "upstream.py" and task.manifest.upstream is not None


def _shared_helpers(task: Task) -> set[str]:
    """Return the helpers of the hidden tests that the author publishes.

    They stand byte for byte and under the same name in ``public_tests/``; a file that holds checks
    (``test_*.py``) is never one.
    """
    public = read_under(task.path, "public_tests")
    return {
        f"hidden_tests/{path}"
        for path, content in read_under(task.path, "hidden_tests").items()
        if public.get(path) == content and not path.rpartition("/")[2].startswith("test_")
    }


def _telling_lines(content: bytes) -> list[str]:
    """Return the lines long enough to tell where they come from, without imports."""
    lines = (line.strip() for line in content.decode("utf-8", "replace").splitlines())
    return [
        line
        for line in lines
        if len(line) >= _TELLING_CHARS and not line.startswith(("import ", "from "))
    ]


def _common_block(lines: list[str], secret: list[str]) -> set[str]:
    """Return the first lines of the blocks that both have; a block is some long lines in a row."""
    size = min(_TELLING_LINES, len(secret))
    if size < 2:
        return set()
    blocks = set(_windows(lines, size))
    return {window[0] for window in _windows(secret, size) if window in blocks}


def _windows(lines: list[str], size: int) -> Iterable[tuple[str, ...]]:
    return (tuple(lines[start : start + size]) for start in range(len(lines) - size + 1))
