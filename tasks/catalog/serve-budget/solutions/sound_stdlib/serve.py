"""Serves the curves over HTTP with the standard library and numpy."""

import argparse
import json
import math
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np

MAX_ROWS = 256
MAX_BODY_BYTES = 4 * 1024 * 1024


class RequestError(Exception):
    """The request is refused with a status and a reason."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Model:
    """An additive model: a curve per number, a weight per level."""

    def __init__(self, document: dict) -> None:
        self.intercept = document["intercept"]
        self.terms = document["terms"]
        self.names = {term["name"] for term in self.terms}
        self.checks = [(term["name"], make_check(term)) for term in self.terms]

    def validate(self, row: object) -> None:
        if not isinstance(row, dict):
            raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, "a row is not an object")
        if row.keys() != self.names:
            wrong = sorted(row.keys() ^ self.names)[:5]
            raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, f"missing or unknown fields: {wrong}")
        for name, is_valid in self.checks:
            if not is_valid(row[name]):
                raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, f"bad value for {name}")

    def predict(self, rows: list[dict]) -> list[float]:
        logit = np.full(len(rows), self.intercept)
        for term in self.terms:
            cells = [row[term["name"]] for row in rows]
            if term["type"] == "category":
                logit += [term["levels"].get(cell, 0.0) for cell in cells]
            else:
                values = np.array([math.nan if cell is None else cell for cell in cells], dtype=float)
                curve = np.interp(values, term["knots"], term["heights"])
                logit += np.where(np.isnan(values), term["gap"], curve)
        return (1.0 / (1.0 + np.exp(-logit))).tolist()


def make_check(term: dict) -> Callable[[object], bool]:
    """Return the test a value of this feature has to pass. `type` is exact: a bool is no number."""
    nullable = term["nullable"]
    match term["type"]:
        case "number":
            def is_valid(value: object) -> bool:
                return type(value) in (int, float) and is_finite(value)
        case "integer":
            def is_valid(value: object) -> bool:
                return type(value) is int and is_finite(value)
        case _:
            def is_valid(value: object) -> bool:
                return type(value) is str and value in term["levels"]
    return lambda value: nullable if value is None else is_valid(value)


def is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond what a float can hold
        return False


def parse_rows(body: bytes) -> list:
    try:
        document = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, "the body is not JSON") from error
    if not isinstance(document, dict) or document.keys() != {"rows"} or not isinstance(document["rows"], list):
        raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, 'expected {"rows": [...]} and nothing else')
    if not document["rows"]:
        raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, "no rows")
    if len(document["rows"]) > MAX_ROWS:
        raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {MAX_ROWS} rows")
    return document["rows"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one packet
    timeout = 30
    model: Model

    def do_GET(self) -> None:
        if self.path == "/healthz":
            self.answer(HTTPStatus.OK, {"status": "ready"})
        else:
            self.answer(HTTPStatus.NOT_FOUND, {"detail": "no such path"})

    def do_POST(self) -> None:
        if self.path != "/predict":
            self.close_connection = True
            return self.answer(HTTPStatus.NOT_FOUND, {"detail": "no such path"})
        try:
            rows = parse_rows(self.read_body())
            for row in rows:
                self.model.validate(row)
        except RequestError as error:
            return self.answer(error.status, {"detail": str(error)})
        return self.answer(HTTPStatus.OK, {"predictions": self.model.predict(rows)})

    def read_body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            self.close_connection = True
            raise RequestError(HTTPStatus.LENGTH_REQUIRED, "Content-Length is missing")
        if int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
        return self.rfile.read(int(length))

    def answer(self, status: HTTPStatus, document: dict) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing about every request."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    Handler.model = Model(json.loads(arguments.model.read_text()))
    server = ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler)
    server.serve_forever()


if __name__ == "__main__":
    main()
