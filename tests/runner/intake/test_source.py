from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runner.intake import SourceKind, SourceNotFoundError, SubmissionRefusedError
from runner.intake.source import parse_source

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.zip", SourceKind.ZIP),
        ("A.ZIP", SourceKind.ZIP),
        ("a.tar.gz", SourceKind.TAR),
        ("a.tgz", SourceKind.TAR),
        ("a.ipynb", SourceKind.NOTEBOOK),
    ],
)
def test_files_are_told_by_their_suffix(tmp_path: Path, name: str, kind: SourceKind) -> None:
    path = tmp_path / name
    path.touch()
    assert parse_source(str(path)).kind is kind


def test_a_folder_is_a_folder_even_with_git_in_it(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert parse_source(f"{tmp_path}/").kind is SourceKind.FOLDER


def test_a_bare_repository_is_one(tmp_path: Path) -> None:
    (tmp_path / "HEAD").touch()
    (tmp_path / "objects").mkdir()
    (tmp_path / "refs").mkdir()
    source = parse_source(str(tmp_path))
    assert (source.kind, source.revision) == (SourceKind.GIT, None)


def test_a_revision_stands_after_the_last_at_sign(tmp_path: Path) -> None:
    folder = tmp_path / "a@b"
    folder.mkdir()
    source = parse_source(f"{folder}@v1.0")
    assert (source.location, source.revision) == (str(folder), "v1.0")


def test_a_path_that_exists_goes_first(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a@main").mkdir()
    source = parse_source(f"{tmp_path}/a@main")
    assert (source.kind, source.revision) == (SourceKind.FOLDER, None)


@pytest.mark.parametrize("name", ["missing", "missing@main", "mis\0sing", "@", ""])
def test_a_path_that_does_not_exist_says_what_to_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceNotFoundError, match=r"name a folder, \.zip"):
        parse_source(f"{tmp_path}/none/{name}" if name else "")


def test_an_escape_in_a_path_is_not_printed() -> None:
    with pytest.raises(SourceNotFoundError) as caught:
        parse_source("/none/\x1b[2J\u202e")
    assert "⟨U+001B⟩[2J⟨U+202E⟩" in str(caught.value)


@pytest.mark.parametrize("name", ["a.rar", "a.tar", "a.7z", "a.py"])
def test_other_files_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(SubmissionRefusedError, match="of no known kind"):
        parse_source(str(tmp_path / name))


def test_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    for name in ("link", "link/"):
        with pytest.raises(SubmissionRefusedError, match="name what it points to"):
            parse_source(f"{tmp_path}/{name}")


def test_a_revision_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").touch()
    with pytest.raises(SubmissionRefusedError, match="no folder"):
        parse_source(f"{tmp_path}/a.zip@main")


@pytest.mark.parametrize(
    "revision", ["", "-h", "--upload-pack=x", "a b", "a..b", "HEAD^{/x}", "$(x)", "a\nb", "a:b"]
)
def test_a_revision_that_is_no_plain_name_is_refused(tmp_path: Path, revision: str) -> None:
    with pytest.raises(SubmissionRefusedError, match="no commit, branch or tag"):
        parse_source(f"{tmp_path}@{revision}")


@pytest.mark.parametrize(
    ("text", "location", "revision"),
    [
        ("https://host.example/a/b.git", "https://host.example/a/b.git", None),
        ("https://host.example:8443/a@v1", "https://host.example:8443/a", "v1"),
        ("https://host.example/a@feature/x", "https://host.example/a", "feature/x"),
        ("https://host.example/@user/a", "https://host.example/@user/a", None),
        ("https://host.example/@user/a@main", "https://host.example/@user/a", "main"),
    ],
)
def test_https_addresses_are_taken(text: str, location: str, revision: str | None) -> None:
    source = parse_source(text)
    assert (source.kind, source.is_remote) == (SourceKind.GIT, True)
    assert (source.location, source.revision) == (location, revision)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("http://host.example/a", "https only"),
        ("ssh://host.example/a", "https only"),
        ("git://host.example/a", "https only"),
        ("git@host.example:a/b.git", "https only"),
        ("file:///etc", "https only"),
        ("FILE:///etc", "https only"),
        ("ext::sh -c 'touch /tmp/marker'", "https only"),
        ("-oProxyCommand=x@host.example:a", "https only"),
        ("https://name:word@host.example/a", "user name or password"),
        ("https://token@host.example/a@main", "user name or password"),
        ("https://", "no plain https URL"),
        ("https:host/a", "no plain https URL"),
        ("https://host.example/", "no plain https URL"),
        ("https://host.example/a b", "no plain https URL"),
        ("https://host.example/a?x=1", "no plain https URL"),
        ("https://host.example/a\n", "no plain https URL"),
        ("https://-oX/a;b", "no plain https URL"),
        ("https://host.example/a@--upload-pack=x", "no commit"),
        ("https://host.example/a@main:refs/heads/x", "no commit"),
    ],
)
def test_every_other_address_is_refused(text: str, word: str) -> None:
    with pytest.raises(SubmissionRefusedError, match=word):
        parse_source(text)
