"""The scores API, as unreliable as the script of its scenario says."""

import json
import re

from worksample_stub import Ledger, Reply, TokenBucket

HANG_S = 30.0
FAR_AWAY = "30"


def make_upstream(folder):
    """Return the handler for one scenario."""
    script = json.loads((folder / "script.json").read_text())
    return Outage(script) if script["mode"] == "down" else Api(script)


class Outage:
    """Nothing works: two requests hang, one is dropped, and from then on it says to come later."""

    def __init__(self, script):
        self._script = script

    def __call__(self, request):
        note = {"what": "down", "id": request.path}
        if request.number <= 2:
            return Reply(status=503, delay_s=HANG_S, note=note)
        if request.number == 3:
            return Reply(drop=True, note=note)
        return Reply.of(
            {"error": "down for maintenance"}, 503, headers={"Retry-After": FAR_AWAY}, note=note
        )


class Api:
    """Serves the schema and the pages, takes the scores, and fails as scripted."""

    def __init__(self, script):
        self._script = script
        self._bucket = TokenBucket(script["rate"], script["burst"])
        self._ledger = Ledger()
        self._attempts = {}
        self._throttled = (0.0, 0.0)
        self._known = {one["account_id"] for page in script["pages"].values() for one in page}

    def __call__(self, request):
        what, name = self._route(request)
        since, until = self._throttled
        if request.at < until:
            note = {"fault": "throttled", "since_s": request.at - since, "left_s": until - request.at}
            return self._later(until - request.at, what, name, request, note)
        wait_s = self._bucket.take(request.at)
        if wait_s:
            return self._later(wait_s, what, name, request, {"fault": "limit"})
        if what == "none":
            return Reply.of({"error": "no such resource"}, 404, note={"what": what, "id": name})
        fault = self._fault(what, name)
        if fault == "throttle":
            self._throttled = (request.at, request.at + self._script["throttle_s"])
            return self._later(self._script["throttle_s"], what, name, request, {"fault": fault})
        if what == "score":
            return self._score(request, name, fault)
        value = self._script["schema"] if what == "schema" else self._page(name, fault)
        return self._faulty(value, fault, {"what": what, "id": name, "fault": fault})

    def _route(self, request):
        """Return what a request is for and of which thing."""
        if (request.method, request.path) == ("GET", "/v1/schema"):
            return "schema", ""
        page = re.fullmatch(r"/v1/pages/([0-9]{1,4})", request.path)
        if request.method == "GET" and page and page[1] in self._script["pages"]:
            return "page", page[1]
        if (request.method, request.path) == ("POST", "/v1/scores"):
            said = request.json()
            account = said.get("account_id") if isinstance(said, dict) else None
            return "score", account if isinstance(account, str) else ""
        return "none", ""

    def _fault(self, what, name):
        """Return the fault of this attempt; none once those of the script are used up."""
        faults = {
            "schema": self._script["schema_faults"],
            "page": self._script["page_faults"].get(name, []),
            "score": self._script["score_faults"].get(name, []),
        }[what]
        attempt = self._attempts[what, name] = self._attempts.get((what, name), 0) + 1
        if faults == ["dead"]:
            return "500"
        return faults[attempt - 1] if attempt <= len(faults) else ""

    def _later(self, wait_s, what, name, request, note):
        key = request.headers.get(self._script["header"])
        return Reply.of(
            {"error": "too many requests"},
            429,
            headers={"Retry-After": f"{wait_s + 0.0005:.3f}"},
            note={"what": what, "id": name, "key": key, **note},
        )

    def _page(self, number, fault):
        name, pages = self._script["snapshot"], self._script["pages"]
        said = number
        if fault == "stale":
            name, pages = self._script["older"], self._script["older_pages"]
        if fault == "repeat":
            said = str(self._script["plain_page"])
        records = pages[said]
        served = records[:-1] if fault == "short" else records
        return {"snapshot": name, "page": int(said), "count": len(records), "records": served}

    def _score(self, request, account, fault):
        said = request.json()
        key = request.headers.get(self._script["header"])
        note = {"what": "score", "id": account, "fault": fault, "key": key}
        if account not in self._known or not well_formed(said):
            return Reply.of({"error": "no such account, or no score"}, 422, note=note)
        note |= {"score": said["score"], "degraded": said["degraded"]}
        if account in self._script["rejected"]:
            status = self._script["rejected"][account]
            return Reply.of({"error": "this account takes no scores"}, status, note=note)
        if fault in ("500", "503", "drop"):
            return self._faulty({}, fault, note)
        effect = self._ledger.accept(key, [account, said["score"], said["degraded"]])
        note["effect"] = effect
        if effect == "conflict":
            return Reply.of({"error": "this key stands for another score"}, 409, note=note)
        value = {"account_id": account, "stored": True}
        if fault == "lost500":
            return self._faulty({}, "500", note)
        return self._faulty(value, "drop" if fault == "lost" else fault, note)

    def _faulty(self, value, fault, note):
        """Return a reply with one of the faults that any resource may have."""
        whole = Reply.of(value, note=note)
        match fault:
            case "500" | "503":
                return Reply.of({"error": "internal"}, int(fault), note=note)
            case "drop":
                return Reply(drop=True, note=note)
            case "cut":
                return Reply.of(value, cut_at=len(whole.body) // 2, note=note)
            case "broken":
                return Reply(200, whole.body[: len(whole.body) * 2 // 3], whole.headers, note=note)
            case "slow":
                return Reply.of(value, over_s=self._script["slow_s"], note=note)
            case _:
                return whole


def well_formed(said):
    """Tell whether a body is a score as the brief asks for it."""
    score, degraded = said.get("score"), said.get("degraded")
    is_number = isinstance(score, int | float) and not isinstance(score, bool)
    return is_number and isinstance(degraded, bool)
