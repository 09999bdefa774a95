"""The rules of the brief on a plant of two machines, and kills on the way to closing a night."""

import csv
import json
from pathlib import Path

import nightly
import pytest
import store
from scores import resolve

NIGHTS = ["2026-03-02", "2026-03-03", "2026-03-04"]


class Killed(BaseException):
    pass


class Site:
    """A folder with a reference, drops, a state and one output folder for each night."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "plants.csv").write_text("plant,since,weekdays\nA,2026-03-02,1234567\n")
        (root / "machines.csv").write_text("machine_id,plant\nA-2,A\nA-1,A\n")
        rules = {"window_days": 2, "grace_days": 1, "weights": {"starts": 10}}
        (root / "rules.json").write_text(json.dumps(rules))

    def drop(self, night: str, *deliveries: tuple) -> None:
        """Write a drop of (day, revision, kind, rows) with rows of (machine, starts, action)."""
        folder = self.root / night
        folder.mkdir()
        lines = ["delivery_id,plant,day,revision,kind,rows,file"]
        for number, (day, revision, kind, rows) in enumerate(deliveries):
            name = "" if kind == "retract" else f"{number}.csv"
            lines.append(f"d{number},A,{day},{revision},{kind},{len(rows)},{name}")
            if name:
                patch = kind == "patch"
                text = ["plant,day,machine_id,starts" + ",action" * patch]
                text += [f"A,{day},{machine},{starts}" + f",{action}" * patch for machine, starts, action in rows]
                (folder / name).write_text("\n".join(text) + "\n")
        (folder / "manifest.csv").write_text("\n".join(lines) + "\n")

    def run(self, night: str) -> dict[str, bytes]:
        out = self.root / "out" / night
        out.mkdir(parents=True, exist_ok=True)
        nightly.run(night, self.root, self.root / night, self.root / "state", out)
        return {path.name: path.read_bytes() for path in out.iterdir()}

    def asof(self, night: str) -> list[list[str]]:
        nightly.asof(night, self.root / "state", self.root)
        return list(csv.reader((self.root / "asof.csv").open()))[1:]


def full(day: str, *starts: int, revision: int = 1) -> tuple:
    return day, revision, "full", [(f"A-{number}", value, "") for number, value in enumerate(starts, 1)]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_patch_waits_for_its_full_delivery_and_old_tables_stay_known(site):
    site.drop(NIGHTS[0], full(NIGHTS[0], 1, 2))
    site.drop(NIGHTS[1], (NIGHTS[1], 3, "patch", [("A-1", "", "remove"), ("A-2", 7, "set")]))
    site.drop(NIGHTS[2], full(NIGHTS[1], 5, 5), full(NIGHTS[2], 1, 1))
    for night in NIGHTS:
        files = site.run(night)
    assert json.loads(files["summary.json"])["restated"] == [NIGHTS[1]]
    before = [[NIGHTS[0], "A-1", "10", "0"], [NIGHTS[0], "A-2", "20", "0"]]
    assert site.asof(NIGHTS[1]) == [*before, [NIGHTS[1], "A-1", "10", "1"], [NIGHTS[1], "A-2", "20", "1"]]
    assert site.asof(NIGHTS[2])[2:4] == [[NIGHTS[1], "A-1", "10", "0"], [NIGHTS[1], "A-2", "90", "0"]]


def test_overdue_until_a_full_delivery_comes(site):
    site.drop(NIGHTS[0], (NIGHTS[0], 2, "retract", []))
    site.drop(NIGHTS[1])
    site.drop(NIGHTS[2], full(NIGHTS[0], 1, 1), full(NIGHTS[1], 1, 1))
    overdue = [site.run(night)["overdue.csv"].decode().splitlines()[1:] for night in NIGHTS]
    assert overdue == [[], [f"A,{NIGHTS[0]}"], []]


def test_delivery_that_is_not_whole_changes_nothing_until_it_is_sent_again(site):
    site.drop(NIGHTS[0], full(NIGHTS[0], 1, 2))
    site.drop(NIGHTS[1], full(NIGHTS[1], 3, 4))
    manifest = site.root / NIGHTS[1] / "manifest.csv"
    manifest.write_text(manifest.read_text().replace("full,2", "full,3"))
    site.drop(NIGHTS[2], full(NIGHTS[1], 3, 4))
    first, second, third = (site.run(night) for night in NIGHTS)
    assert b"d0,\"2 rows, 3 announced\"" in second["rejected.csv"]
    assert json.loads(third["summary.json"])["restated"] == [NIGHTS[1]]


@pytest.mark.parametrize("sent_again", [full(NIGHTS[0], 1, 2), full(NIGHTS[0], 9, 9)])
def test_revision_that_was_there_changes_nothing(site, sent_again):
    site.drop(NIGHTS[0], full(NIGHTS[0], 1, 2))
    site.drop(NIGHTS[1], sent_again)
    site.run(NIGHTS[0])
    assert json.loads(site.run(NIGHTS[1])["summary.json"])["restated"] == []


@pytest.mark.parametrize("step", ["add", "publish", "close", "write"])
def test_kill_and_rerun_end_like_an_undisturbed_night(site, monkeypatch, step):
    site.drop(NIGHTS[0], full(NIGHTS[0], 1, 2))
    site.drop(NIGHTS[1], full(NIGHTS[0], 3, 4, revision=2), full(NIGHTS[1], 1, 1))
    site.run(NIGHTS[0])
    owner = nightly if step == "write" else store.Store
    done = getattr(owner, step)

    def killed(*arguments, **options):
        done(*arguments, **options)
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(owner, step, killed)
        site.run(NIGHTS[1])
    files = site.run(NIGHTS[1])
    assert sorted(files) == ["overdue.csv", "published.csv", "rejected.csv", "summary.json"]
    assert json.loads(files["summary.json"])["restated"] == [NIGHTS[0]]
    assert site.run(NIGHTS[1]) == files
    assert len(site.asof(NIGHTS[0])) == 2


def test_retraction_takes_the_partition_away_and_a_patch_does_not_bring_it_back():
    row = {"A-1": {"starts": 1}}
    assert resolve([("full", row), ("retract", {}), ("patch", row)]) is None
    assert resolve([("retract", {}), ("full", row), ("patch", {"A-1": None})]) == {}
