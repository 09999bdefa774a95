"""The fixtures `deliverables` and `truth`: files as data, read strictly."""

import json
from pathlib import Path

import pandas as pd
import strict_json
from job import ROOT
from worksample_checks import DeliverableError, NotRun, read_csv

_STATES = {
    "missing": "was not produced",
    "too_large": "is larger than allowed",
    "not_regular": "is not a regular file",
    "unreadable": "cannot be read",
}


class Deliverables:
    """The candidate's files; of a run that was cut off the check is not run."""

    def __init__(self, job):
        self._job = job

    def _entry(self, run, path):
        files = self._job.handed_in if run is None else self._job.runs.require(run).deliverables
        if path not in files:
            raise KeyError(f"{path} is no declared deliverable of {run or 'the submission'}")
        return files[path]

    def exists(self, run, path):
        return self._entry(run, path)[0] == "ok"

    def bytes(self, run, path):
        state, size, _sha, blob = self._entry(run, path)
        if state != "ok":
            raise DeliverableError(
                f"{path} {_STATES[state]} ({size} bytes)" if size else f"{path} {_STATES[state]}"
            )
        return (ROOT / "blobs" / blob).read_bytes()

    def sha256(self, run, path):
        self.bytes(run, path)
        return self._entry(run, path)[2]

    def text(self, run, path):
        try:
            return self.bytes(run, path).decode("utf-8", errors="strict")
        except UnicodeDecodeError as error:
            raise DeliverableError(f"{path}: not UTF-8 at byte {error.start}") from None

    def json(self, run, path):
        try:
            return strict_json.loads(self.bytes(run, path))
        except strict_json.StrictJsonError as error:
            raise DeliverableError(f"{path}: {error}") from None

    def csv(self, run, path, columns=None):
        return read_csv(self.bytes(run, path), path, columns)


class Truth:
    """What only the hidden tests may know, and the files that the candidate got."""

    def path(self, scenario) -> Path:
        return self._folder("truth", scenario)

    def public(self, scenario) -> Path:
        return self._folder("public", scenario)

    def csv(self, scenario, name):
        file = self.path(scenario) / name
        return pd.read_csv(file, dtype=object, keep_default_na=False, na_filter=False)

    def json(self, scenario, name):
        return json.loads((self.path(scenario) / name).read_text())

    def _folder(self, side, scenario):
        folder = ROOT / side / scenario
        if not folder.is_dir():
            raise KeyError(f"no scenario {scenario!r}")
        return folder


class Notebook:
    """The executed notebook of a run."""

    def __init__(self, cells):
        self.cells = [Cell(**cell) for cell in cells]


class Cell:
    """One executed code cell."""

    def __init__(self, index, source, text, error, seconds):
        self.index, self.source, self.text = index, source, text
        self.error, self.seconds = error, seconds


def notebook_of(job):
    def notebook(run):
        return Notebook(job.runs.require(run).cells)

    return notebook


class Writeup:
    """The answers to the prompts."""

    def __init__(self, answers):
        self._answers = answers

    def answer(self, prompt):
        return self._answers.get(prompt, "")

    def words(self, prompt):
        return len(self.answer(prompt).split())


__all__ = ["Deliverables", "NotRun", "Truth", "Writeup", "notebook_of"]
