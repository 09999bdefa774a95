from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from runner.packet import build_packet, packet_leaks
from tasks.errors import CandidateCodeError, TaskFormatError
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.model import Task

    MakeTask = Callable[..., Path]

PUBLIC = {"amounts.csv": b"amount\n12\n", "deep/more.csv": b"x\n"}
TRUTH = {"fresh/total.json": b'{"the_expected_total": 4711, "rows": 99}\n'}
TEST_FILE = "hidden_tests/test_total.py"


def pack(task: Task, **changes: Any) -> bytes:
    arguments = {"candidate": "LYNX-42", "public_files": PUBLIC, "facts": {"rows": 1}, **changes}
    return build_packet(task, **arguments)


def members(packet: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packet)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_member(packet: bytes, name: str, content: bytes) -> bytes:
    buffer = io.BytesIO(packet)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(f"sum-column-LYNX-42/{name}", content)
    return buffer.getvalue()


def test_packet_holds_what_the_candidate_needs(make_task: MakeTask) -> None:
    files = members(pack(load_task(make_task())))
    root = "sum-column-LYNX-42"
    assert list(files) == [
        f"{root}/BRIEF.md",
        f"{root}/TASK.json",
        f"{root}/WRITEUP.md",
        f"{root}/data/amounts.csv",
        f"{root}/data/deep/more.csv",
        f"{root}/public_tests/test_shape.py",
        f"{root}/total.py",
    ]
    assert files[f"{root}/data/amounts.csv"] == PUBLIC["amounts.csv"]
    assert b"For LYNX-42: 1 rows" in files[f"{root}/BRIEF.md"]
    assert b"## P2 Trade-off" in files[f"{root}/WRITEUP.md"]


def test_description_names_task_candidate_and_limits(make_task: MakeTask) -> None:
    packet = pack(load_task(make_task()), variant="0123456789ab")
    description = json.loads(members(packet)["sum-column-LYNX-42/TASK.json"])
    assert description["id"] == "sum-column"
    assert description["candidate"] == "LYNX-42"
    assert description["variant"] == "0123456789ab"
    assert description["limits"]["memory_bytes"] == 512 << 20
    assert description["deliverables"][0]["path"] == "out/total.json"
    assert description["time_budget_minutes"] == 60
    assert [run["name"] for run in description["runs"]] == ["public"]


def test_same_arguments_give_the_same_bytes(make_task: MakeTask) -> None:
    task = load_task(make_task())
    backwards = dict(reversed(PUBLIC.items()))
    assert pack(task) == pack(task, public_files=backwards)


def test_members_have_fixed_times_and_modes(make_task: MakeTask) -> None:
    folder = make_task()
    (folder / "starter" / "total.py").chmod(0o777)
    with zipfile.ZipFile(io.BytesIO(pack(load_task(folder)))) as archive:
        for info in archive.infolist():
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert info.external_attr >> 16 == 0o100644
            assert info.create_system == 3


def test_leftovers_of_the_author_stay_behind(make_task: MakeTask) -> None:
    task = load_task(make_task(files={"starter/__pycache__/a.pyc": "x", "starter/a.py~": "x"}))
    assert not [name for name in members(pack(task)) if "pycache" in name or "~" in name]


@pytest.mark.parametrize(
    "name",
    ["BRIEF.md", "brief.MD", "WRITEUP.md", "TASK.json", "data/amounts.csv", "Data", "public_tests",
     "data/deep/more.csv/x", "DATA/deep"],
)  # fmt: skip
def test_starter_file_may_not_take_a_place(make_task: MakeTask, name: str) -> None:
    task = load_task(make_task(files={f"starter/{name}": "x"}))
    with pytest.raises(TaskFormatError, match="would take the place") as caught:
        pack(task)
    assert caught.value.file == f"sum-column/starter/{name}"


def test_starter_may_add_to_generated_folders(make_task: MakeTask) -> None:
    task = load_task(make_task(files={"starter/data/README.md": "x"}))
    assert "sum-column-LYNX-42/data/README.md" in members(pack(task))


@pytest.mark.parametrize("path", ["../evil", "/evil", "a//b", "a\\b", ""])
def test_public_file_must_have_a_clean_path(make_task: MakeTask, path: str) -> None:
    with pytest.raises(TaskFormatError, match=r"sum-column/variant\.py: has no place"):
        pack(load_task(make_task()), public_files={path: b""})


def test_malformed_candidate_code_is_refused(make_task: MakeTask) -> None:
    with pytest.raises(CandidateCodeError):
        pack(load_task(make_task()), candidate="../x")


def notebook(*cells: str) -> str:
    made = [{"cell_type": "markdown", "source": cell.splitlines(keepends=True)} for cell in cells]
    return json.dumps({"cells": [*made, {"cell_type": "code", "source": "## P1 What was wrong"}]})


def test_notebook_without_prompts_gets_them_as_cells(make_task: MakeTask) -> None:
    task = load_task(make_task(kind="notebook", files={"starter/analysis.ipynb": notebook("# A")}))
    names = {name.partition("/")[2] for name in members(pack(task))}
    assert "WRITEUP-cells.md" in names
    assert "WRITEUP.md" not in names


def test_task_without_starter_notebook_gets_the_cells(make_task: MakeTask) -> None:
    packet = pack(load_task(make_task(kind="notebook")))
    assert "sum-column-LYNX-42/WRITEUP-cells.md" in members(packet)


def test_notebook_with_all_prompts_gets_no_template(make_task: MakeTask) -> None:
    cells = notebook("---\nclaims:\n  rows_read:\n---\n", "## P1 What was wrong\n\n## P2 Trade-off")
    task = load_task(make_task(kind="notebook", files={"starter/analysis.ipynb": cells}))
    assert not [name for name in members(pack(task)) if "WRITEUP" in name]


@pytest.mark.parametrize("content", ["{}", "[]", "no json", '{"cells": [1]}', '{"cells": 1}'])
def test_broken_starter_notebook_is_named(make_task: MakeTask, content: str) -> None:
    task = load_task(make_task(kind="notebook", files={"starter/analysis.ipynb": content}))
    with pytest.raises(TaskFormatError, match=r"sum-column/starter/analysis\.ipynb: is no note"):
        pack(task)


@pytest.mark.parametrize("kind", ["repo", "notebook", "service"])
def test_honest_packet_has_no_leaks(make_task: MakeTask, kind: str) -> None:
    task = load_task(make_task(kind=kind))
    assert packet_leaks(pack(task), task, TRUTH) == []


def test_solution_built_from_starter_and_template_is_no_leak(make_task: MakeTask) -> None:
    long_line = "parser.add_argument('--in', dest='source', required=True)\n"
    folder = make_task(
        files={
            "starter/total.py": long_line * 6,
            "solutions/sound_plain/total.py": long_line * 6 + "print(1)\n",
            "solutions/sound_plain/WRITEUP.md":
                "*What did you find wrong with the inputs, with counts?* (at most 150 words)\n",
        }
    )  # fmt: skip
    task = load_task(folder)
    assert packet_leaks(pack(task), task, TRUTH) == []


def test_helper_line_shared_by_public_and_hidden_tests_is_no_leak(make_task: MakeTask) -> None:
    helper = "    with open(path, newline='', encoding='utf-8') as handle:\n        pass\n"
    public = f"def test_shape(path):\n{helper}"
    task = load_task(
        make_task(
            files={
                "public_tests/test_shape.py": public,
                "hidden_tests/helpers.py": f"def read(path):\n{helper}",
            }
        )
    )
    assert packet_leaks(pack(task), task, TRUTH) == []


def test_hidden_test_copied_to_the_public_ones_is_a_leak(make_task: MakeTask) -> None:
    folder = make_task()
    copy = (folder / TEST_FILE).read_bytes()
    (folder / "public_tests" / "test_copy.py").write_bytes(b"# mine\n" + copy)
    task = load_task(folder)
    leaks = packet_leaks(pack(task), task, TRUTH)
    assert len(leaks) == 1
    assert leaks[0].startswith(f"public_tests/test_copy.py: holds text of {TEST_FILE}: ")


@pytest.mark.parametrize(
    ("file", "line"),
    [
        (TEST_FILE, 'total = deliverables.json("fresh", "out/total.json")["total"]'),
        ("solutions/flawed_rounds/total.py", "print('rounds every amount before it adds it up')"),
        ("variant.py", "hidden_factor_of_the_generator = (seed * 7919) % 104729"),
    ],
)
def test_hidden_line_in_a_rendered_file_is_a_leak(
    make_task: MakeTask, file: str, line: str
) -> None:
    task = load_task(make_task(files={"brief.md": f"# Brief\n\n    {line}\n"}))
    assert packet_leaks(pack(task), task, TRUTH) == [f"BRIEF.md: holds text of {file}: {line}"]


@pytest.mark.parametrize("name", ["data/notes.txt", "data/deep/more.csv"])
def test_truth_file_in_the_data_is_a_leak(make_task: MakeTask, name: str) -> None:
    task = load_task(make_task())
    content = b"before\n" + TRUTH["fresh/total.json"].strip() + b"\nafter"
    packet = pack(task, public_files={name.removeprefix("data/"): content})
    assert packet_leaks(packet, task, TRUTH) == [f"{name}: holds the truth file fresh/total.json"]


def test_trivial_truth_file_tells_nothing(make_task: MakeTask) -> None:
    task = load_task(make_task())
    assert packet_leaks(pack(task), task, {"fresh/empty.json": b"{}\n"}) == []


@pytest.mark.parametrize(
    "name", ["hidden_tests/x.py", "Solutions/a", "rubric.toml", "truth/a", "proof.json"]
)
def test_hidden_name_is_a_leak(make_task: MakeTask, name: str) -> None:
    task = load_task(make_task())
    packet = with_member(pack(task), name, b"x")
    assert packet_leaks(packet, task, TRUTH) == [f"{name}: has the name of a hidden file"]


def test_every_hidden_file_is_found_when_it_is_added(make_task: MakeTask) -> None:
    task = load_task(make_task())
    for file in (TEST_FILE, "solutions/sound_plain/total.py", "variant.py"):
        packet = with_member(pack(task), "data/innocent.txt", (task.path / file).read_bytes())
        assert any(file in leak for leak in packet_leaks(packet, task, TRUTH)), file


HELPER = "".join(f"NUMBER_{n} = 'a line that is long enough to tell'\n" for n in range(6))


def test_a_helper_that_the_author_publishes_is_no_leak(make_task: MakeTask) -> None:
    files = {"hidden_tests/yardstick.py": HELPER, "public_tests/yardstick.py": HELPER}
    task = load_task(make_task(files=files))
    assert packet_leaks(pack(task), task, {}) == []


def test_a_helper_of_the_hidden_tests_that_is_nearly_published_is_a_leak(
    make_task: MakeTask,
) -> None:
    files = {"hidden_tests/yardstick.py": HELPER, "public_tests/yardstick.py": HELPER + "#\n"}
    task = load_task(make_task(files=files))
    assert packet_leaks(pack(task), task, {})
