"""Answers for the forecasts over HTTP: GET /healthz and GET /forecast/SHOP."""

import argparse
import csv
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    """Answers from a table that was read before the socket was opened."""

    protocol_version = "HTTP/1.1"
    forecasts: dict[str, float] = {}

    def do_GET(self) -> None:
        shop = self.path.removeprefix("/forecast/")
        if self.path == "/healthz":
            self.answer(200, {"status": "ready"})
        elif self.path.startswith("/forecast/") and shop in self.forecasts:
            self.answer(200, {"shop": shop, "per_day": self.forecasts[shop]})
        else:
            self.answer(404, {"detail": "no such shop"})

    def answer(self, status: int, document: dict[str, object]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing about every request."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--forecast", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    with arguments.forecast.open(newline="", encoding="utf-8") as file:
        Handler.forecasts = {row["shop"]: float(row["per_day"]) for row in csv.DictReader(file)}
    ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler).serve_forever()


if __name__ == "__main__":
    main()
