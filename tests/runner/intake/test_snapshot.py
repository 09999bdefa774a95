from __future__ import annotations

import pytest

from runner.intake import SourceKind, SubmissionRefusedError, SubmittedFile, rules
from runner.intake.draft import Draft
from runner.intake.snapshot import digest_files


def file(path: str, content: bytes = b"x", *, executable: bool = False) -> SubmittedFile:
    return SubmittedFile(path=path, content=content, executable=executable)


def draft_of(*files: SubmittedFile) -> Draft:
    draft = Draft(SourceKind.FOLDER)
    for one in files:
        if draft.takes_file(one.path, len(one.content)):
            draft.add_file(one.path, one.content, executable=one.executable)
    return draft


def problems_of(draft: Draft) -> tuple[str, ...]:
    with pytest.raises(SubmissionRefusedError) as caught:
        draft.finish()
    return caught.value.problems


def test_the_digest_is_the_same_in_any_order() -> None:
    files = [file("b"), file("a/c"), file("a.py")]
    assert digest_files(files) == digest_files(reversed(files))


def test_the_digest_is_what_it_always_was() -> None:
    """Records name submissions by it."""
    digest = digest_files([file("etl.py", b"print()\n"), file("run.sh", b"", executable=True)])
    assert digest == "773690ff64f4814dd9d8a294d82f85cb6776d51afee39ab7573b8b8a5fcbc21f"


@pytest.mark.parametrize(
    "other",
    [
        [file("a", b"y"), file("b")],
        [file("a"), file("c")],
        [file("a", executable=True), file("b")],
        [file("a")],
        [file("a\0b")],
    ],
)
def test_the_digest_tells_submissions_apart(other: list[SubmittedFile]) -> None:
    assert digest_files(other) != digest_files([file("a"), file("b")])


def test_files_are_sorted_by_path() -> None:
    draft = draft_of(file("b"), file("a/x"), file("c"))
    assert [one.path for one in draft.finish().files] == ["a/x", "b", "c"]


def test_one_top_folder_is_taken_off() -> None:
    draft = draft_of(file("work/a"), file("work/src/b"))
    draft.strip_top_folder()
    snapshot = draft.finish()
    assert [one.path for one in snapshot.files] == ["a", "src/b"]
    assert snapshot.notes == ("everything lay in one folder, 'work', which was taken off",)


@pytest.mark.parametrize("paths", [["work/a", "b"], ["a"], ["work/a", "other/b"]])
def test_anything_beside_the_folder_keeps_it(paths: list[str]) -> None:
    draft = draft_of(*map(file, paths))
    draft.strip_top_folder()
    assert [one.path for one in draft.finish().files] == sorted(paths)


def test_nothing_is_refused_with_what_was_left_out() -> None:
    draft = Draft(SourceKind.FOLDER)
    draft.leave_out(".venv")
    assert problems_of(draft) == ("there is no file in it but .venv: hand in your work",)


def test_a_path_twice_is_refused() -> None:
    assert problems_of(draft_of(file("a"), file("a"))) == ("'a' is there twice: pack it once",)


def test_one_file_too_many_is_refused() -> None:
    files = [file(f"f{number}", b"") for number in range(rules.MAX_FILES)]
    assert len(draft_of(*files).finish().files) == rules.MAX_FILES
    draft = draft_of(*files, file("last", b""))
    assert draft.is_full
    assert "more than 5000 files" in problems_of(draft)[0]


def test_too_many_folders_are_refused() -> None:
    draft = draft_of(file("a"))
    for number in range(rules.MAX_ENTRIES):
        draft.takes_name(f"folder{number}")
    assert "more than 5000 files" in problems_of(draft)[0]


def test_the_total_is_refused_and_not_held() -> None:
    draft = Draft(SourceKind.FOLDER)
    taken = [draft.takes_file(f"{number}.bin", 24 << 20) for number in range(5)]
    assert taken == [True, True, True, True, False]
    assert "120.0 MiB, the limit is 100.0 MiB" in problems_of(draft)[0]


def test_twenty_problems_are_listed_and_the_rest_counted() -> None:
    draft = draft_of(file("fine"), *[file(f"../{number}") for number in range(25)])
    with pytest.raises(SubmissionRefusedError) as caught:
        draft.finish()
    assert len(caught.value.problems) == 20
    assert str(caught.value).endswith("; and 5 more problems.")


def test_what_is_left_out_is_listed_up_to_a_bound() -> None:
    draft = draft_of(file("a"))
    for number in range(300):
        draft.leave_out(f"{number:03}/__pycache__")
    left_out = draft.finish().left_out
    assert (len(left_out), left_out[-1]) == (201, "and 100 more")


def test_lfs_pointers_are_noted() -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"
    snapshot = draft_of(file("model.pt", pointer), file("a")).finish()
    assert snapshot.notes == ("'model.pt' is a Git LFS pointer, not the content it stands for",)
