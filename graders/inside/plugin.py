"""The pytest plugin that turns hidden tests into a verdict."""

import math
from pathlib import Path

import pytest
from live_candidate import Candidate, Remote
from live_service import Service
from observed import Upstream
from readers import Deliverables, Truth, Writeup, notebook_of
from worksample_checks import NotRun

MAX_DETAIL = 2000
_SEVERITY = ("passed", "not_run", "failed", "error")


class GradePlugin:
    """Collects one outcome for each expected check; what is missing is the check's error."""

    def __init__(self, job, channel):
        self.measurements = []
        self._job = job
        self._outcomes = {}
        self._problems = {}
        self._remote = Remote(channel)
        self._service = Service(self._remote, job.service) if job.service else None

    def results(self):
        """Return a row for each expected check, in order."""
        rows = []
        for check, file in self._job.expected.items():
            row = self._outcomes.get(check)
            if row is None:
                why = self._problems.get(file, "the hidden test was not collected")
                row = {"outcome": "error", "detail": why[:MAX_DETAIL], "duration_s": 0.0}
            rows.append({"id": check, **row})
        return rows

    # --- pytest hooks ----------------------------------------------------------------------------

    def pytest_configure(self, config):
        words = "check(id, criterion, points, precondition): one hidden test"
        config.addinivalue_line("markers", words)

    def pytest_collectreport(self, report):
        if report.failed:
            self._problems[report.nodeid.split("::")[0]] = f"not collected: {report.longreprtext}"

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        marker = item.get_closest_marker("check")
        if marker is not None and (call.when == "call" or call.excinfo is not None):
            self._record(marker.args[0], *judge(call), call.duration)
        return report

    def _record(self, check, outcome, detail, duration_s):
        """Keep the worst outcome of a parametrised check."""
        detail = detail.encode("utf-8", "replace").decode()[:MAX_DETAIL]
        row = {"outcome": outcome, "detail": detail, "duration_s": duration_s}
        before = self._outcomes.get(check)
        if before is not None:
            row["duration_s"] += before["duration_s"]
            if _SEVERITY.index(before["outcome"]) >= _SEVERITY.index(outcome):
                row["outcome"], row["detail"] = before["outcome"], before["detail"]
        self._outcomes[check] = row

    # --- fixtures --------------------------------------------------------------------------------

    @pytest.fixture(scope="session")
    def deliverables(self):
        return Deliverables(self._job)

    @pytest.fixture(scope="session")
    def truth(self):
        return Truth()

    @pytest.fixture(scope="session")
    def runs(self):
        return self._job.runs

    @pytest.fixture(scope="session")
    def upstream(self):
        return Upstream(self._job)

    @pytest.fixture(scope="session")
    def notebook(self):
        return notebook_of(self._job)

    @pytest.fixture(scope="session")
    def claims(self):
        return dict(self._job.claims)

    @pytest.fixture(scope="session")
    def writeup(self):
        return Writeup(self._job.answers)

    @pytest.fixture(scope="session")
    def candidate(self):
        return Candidate(self._remote)

    @pytest.fixture
    def service(self):
        if self._service is None:
            raise RuntimeError("the task has no [service]")
        if not self._service.started:
            self._service.start()
        return self._service

    @pytest.fixture
    def measure(self, request):
        marker = request.node.get_closest_marker("check")

        def record(name, value, unit, reference=None, *, varies=False, at_least=None, at_most=None):
            bounds = {"at_least": at_least, "at_most": at_most}
            numbers = {"value": value, "reference": reference, **bounds}
            given = {key: float(number) for key, number in numbers.items() if number is not None}
            for number in given.values():
                if not math.isfinite(number):
                    raise ValueError(f"measure({name!r}): {number} is not finite")
            facts = {"name": str(name), "unit": str(unit), "varies": bool(varies)}
            self.measurements.append({**facts, **given, "check": marker.args[0]})

        return record


def judge(call):
    """Return (outcome, detail) of one phase of a hidden test."""
    if call.excinfo is None:
        return "passed", ""
    error = call.excinfo.value
    if isinstance(error, NotRun):
        return "not_run", str(error)
    judged = isinstance(error, (AssertionError, pytest.fail.Exception))
    if judged and not isinstance(error, pytest.xfail.Exception):
        return "failed", first_words(error)
    where = call.excinfo.traceback[-1]
    file = Path(where.frame.code.raw.co_filename)  # ours are not on the disk any more
    place = f"{file.name}:{where.lineno + 1}"
    return "error", f"{type(error).__name__}: {str(error)[:500]} ({place})"


def first_words(error):
    """Return the assertion's own sentence, without pytest's introspection below it."""
    text = str(error) or "the assertion failed"
    return text.split("\nassert ")[0].strip()
