from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tasks.catalogs import BUNDLED, Catalog
from tasks.errors import CatalogError, TaskFormatError, TaskNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    MakeTask = Callable[..., Path]


def test_ids_are_those_of_all_catalogs(make_task: MakeTask, tmp_path: Path) -> None:
    make_task(id="b-task")
    first = make_task(id="a-task").parent
    second = tmp_path / "private"
    second.mkdir()
    (first / "b-task").rename(second / "b-task")
    catalog = Catalog.from_setting(os.pathsep.join(map(str, (second, first))))
    assert catalog.ids() == ("a-task", "b-task")
    assert catalog.load("b-task").path == second / "b-task"
    assert [task.id for task in catalog.all()] == ["a-task", "b-task"]


@pytest.mark.parametrize("setting", [None, ""])
def test_without_setting_the_bundled_catalog_is_taken(setting: str | None) -> None:
    assert Catalog.from_setting(setting).roots == (BUNDLED.resolve(),)


def test_folder_without_manifest_is_skipped(make_task: MakeTask) -> None:
    root = make_task().parent
    (root / "notes").mkdir()
    (root / "README.md").write_text("x")
    assert Catalog([root]).ids() == ("sum-column",)


def test_same_root_twice_counts_once(make_task: MakeTask) -> None:
    root = make_task().parent
    assert Catalog([root, root / ".." / root.name]).ids() == ("sum-column",)


def test_id_in_two_catalogs_names_both(make_task: MakeTask, tmp_path: Path) -> None:
    root = make_task().parent
    other = tmp_path / "other"
    (other / "sum-column").mkdir(parents=True)
    (other / "sum-column" / "task.toml").touch()
    with pytest.raises(CatalogError) as caught:
        Catalog([root, other])
    assert str(caught.value) == (f"Catalog {other}: has a task 'sum-column', and so has {root}.")


def test_missing_root_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="there is no such folder; name a folder"):
        Catalog([tmp_path / "nothing"])


def test_task_given_as_a_catalog_is_explained(make_task: MakeTask) -> None:
    with pytest.raises(CatalogError, match="is a task itself; name the folder above it"):
        Catalog([make_task()])


def test_unknown_id_suggests_the_nearest(make_task: MakeTask) -> None:
    catalog = Catalog([make_task().parent])
    with pytest.raises(TaskNotFoundError) as caught:
        catalog.load("sum-colum")
    assert str(caught.value) == "There is no task 'sum-colum'; did you mean sum-column?"
    assert caught.value.known == ("sum-column",)


def test_unknown_id_far_from_all_lists_them(make_task: MakeTask) -> None:
    with pytest.raises(TaskNotFoundError, match="the catalog has: sum-column"):
        Catalog([make_task().parent]).path("zzz")


def test_empty_catalog_says_so(tmp_path: Path) -> None:
    with pytest.raises(TaskNotFoundError, match="the catalog has: none"):
        Catalog([tmp_path]).path("zzz")


def test_broken_task_is_only_read_when_asked_for(make_task: MakeTask) -> None:
    catalog = Catalog([make_task(files={"rubric.toml": "x"}).parent])
    assert catalog.ids() == ("sum-column",)
    with pytest.raises(TaskFormatError):
        catalog.all()
