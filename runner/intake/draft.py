"""A submission while it is being read: files so far, and everything that is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from runner.intake import rules
from runner.intake.errors import SubmissionRefusedError
from runner.intake.snapshot import Snapshot, SubmittedFile, digest_files

if TYPE_CHECKING:
    from runner.intake.snapshot import Commit, SourceKind

_MAX_LEFT_OUT: Final = 200


class Draft:
    """Gathers files under the rules; ``finish`` gives a snapshot or raises with every problem."""

    def __init__(self, source: SourceKind) -> None:
        self.source = source
        self.is_full = False
        """There are too many files: reading on would not help."""
        self.commit: str | None = None
        self.commit_log: list[Commit] = []
        self._files: dict[str, SubmittedFile] = {}
        self._sizes: dict[str, int] = {}
        self._total_bytes = 0
        self._entries = 0
        self._total_is_known = True
        self._problems: dict[str, None] = {}
        self._left_out: dict[str, None] = {}
        self._notes: dict[str, None] = {}

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong so far."""
        return tuple(self._problems)

    @property
    def files(self) -> tuple[SubmittedFile, ...]:
        """What was taken so far."""
        return tuple(self._files.values())

    @property
    def has_git_folder(self) -> bool:
        """Whether a ``.git`` at the top was left out."""
        return ".git" in self._left_out

    def refuse(self, problem: str) -> None:
        """Add a problem, once."""
        self._problems[problem] = None

    def note(self, text: str) -> None:
        """Add something for the reviewer to know."""
        self._notes[text] = None

    def leave_out(self, path: str) -> None:
        """List something that is never taken in, as often as there may be entries."""
        if len(self._left_out) < rules.MAX_ENTRIES:
            self._left_out[rules.show_name(path)[1:-1]] = None

    def refuse_total(self) -> None:
        """Say that the files are too large together, though not all were seen."""
        self._total_is_known = False

    def refuse_count(self) -> None:
        """Say that there are too many files."""
        self.is_full = True
        self.refuse(rules.count_problem())

    def takes_name(self, path: str, *, is_utf8: bool = True) -> bool:
        """Whether an entry of any kind may have this path; a problem is added if not."""
        self._entries += 1
        if self._entries > rules.MAX_ENTRIES:
            self.refuse_count()
        problems = rules.path_problems(path, is_utf8=is_utf8)
        for problem in problems:
            self.refuse(problem)
        return not problems and not self.is_full

    def takes_file(self, path: str, size: int, *, is_utf8: bool = True) -> bool:
        """Whether to read a file of this size; problems are added if not."""
        if not self.takes_name(path, is_utf8=is_utf8):
            return False
        if path in self._sizes:
            self.refuse(f"{rules.show_name(path)} is there twice: pack it once")
            return False
        if len(self._sizes) >= rules.MAX_FILES:
            self.refuse_count()
            return False
        self._sizes[path] = size
        self._total_bytes += size
        problem = rules.size_problem(path, size)
        if problem:
            self.refuse(problem)
        return problem is None and self._total_bytes <= rules.MAX_TOTAL_BYTES

    def add_file(self, path: str, content: bytes, *, executable: bool) -> None:
        """Add a file that ``takes_file`` took."""
        self._files[path] = SubmittedFile(path=path, content=content, executable=executable)
        if rules.is_lfs_pointer(content):
            self.note(
                f"{rules.show_name(path)} is a Git LFS pointer, not the content it stands for"
            )

    def strip_top_folder(self) -> None:
        """Drop the one folder that everything lies in, if there is one."""
        tops = {path.partition("/")[0] for path in self._files}
        if len(tops) != 1 or not all("/" in path for path in self._files):
            return
        top = tops.pop()
        self.note(f"everything lay in one folder, {rules.show_name(top)}, which was taken off")
        files = self._files.values()
        stripped = [(file.path.partition("/")[2], file) for file in files]
        self._files = {
            path: SubmittedFile(path=path, content=file.content, executable=file.executable)
            for path, file in stripped
        }

    def finish(self) -> Snapshot:
        """Return the snapshot.

        Raises:
            SubmissionRefusedError: anything was wrong, or there is no file.
        """
        self._check_whole()
        if self._problems:
            raise SubmissionRefusedError(tuple(self._problems))
        return Snapshot(
            files=tuple(self._files[path] for path in sorted(self._files)),
            sha256=digest_files(self._files.values()),
            source=self.source,
            commit=self.commit,
            commit_log=tuple(self.commit_log),
            left_out=self._listed_left_out(),
            notes=tuple(self._notes),
        )

    def _check_whole(self) -> None:
        if self._total_bytes > rules.MAX_TOTAL_BYTES or not self._total_is_known:
            is_complete = self._total_is_known and not self.is_full
            self.refuse(rules.total_problem(self._sizes, is_complete=is_complete))
        for problem in rules.collision_problems(self._sizes):
            self.refuse(problem)
        if not self._files and not self._problems:
            but = f" but {', '.join(self._listed_left_out()[:5])}" if self._left_out else ""
            self.refuse(f"there is no file in it{but}: hand in your work")

    def _listed_left_out(self) -> tuple[str, ...]:
        listed = sorted(self._left_out)
        more = len(listed) - _MAX_LEFT_OUT
        return (*listed[:_MAX_LEFT_OUT], *([f"and {more} more"] if more > 0 else []))
