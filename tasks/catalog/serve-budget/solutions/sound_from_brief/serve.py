"""Serves the model: python serve.py --model model/model.bin --port PORT

One process and one event loop: on one CPU a prediction gains nothing from a thread of its own.
"""

import argparse
import json
from pathlib import Path

import models  # noqa: F401  (sets the number of threads before scikit-learn is imported)

import joblib
import numpy as np
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from features import InvalidRow, RowEncoder

MAX_ROWS = 256
MAX_BODY_BYTES = 16 * 2**20
KEEP_ALIVE_S = 60


class Refused(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def create_app(artefact: dict) -> FastAPI:
    app = FastAPI(openapi_url=None)
    model, encoder = artefact["model"], RowEncoder(artefact["features"])

    @app.exception_handler(Refused)
    async def refuse(request: Request, refused: Refused) -> JSONResponse:
        return JSONResponse({"detail": str(refused)}, refused.status)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ready"}

    @app.post("/predict")
    async def predict(request: Request) -> JSONResponse:
        rows = parse_rows(await read_body(request))
        try:
            matrix = np.array([encoder.encode(row) for row in rows])
        except InvalidRow as error:
            raise Refused(422, str(error)) from None
        return JSONResponse({"predictions": model.predict_proba(matrix)[:, 1].tolist()})

    return app


async def read_body(request: Request) -> bytes:
    """Read the body, keeping no more of it than a valid request could need."""
    body = bytearray()
    async for chunk in request.stream():
        if len(body) <= MAX_BODY_BYTES:
            body += chunk
    if len(body) > MAX_BODY_BYTES:
        raise Refused(413, f"at most {MAX_BODY_BYTES} bytes")
    return bytes(body)


def parse_rows(body: bytes) -> list:
    try:
        # Decoded here, as json.loads would take UTF-16 and UTF-32 too.
        document = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Refused(422, "the body is no valid JSON") from None
    if not isinstance(document, dict) or document.keys() != {"rows"}:
        raise Refused(422, "the body must be an object with the one key rows")
    rows = document["rows"]
    if not isinstance(rows, list) or not rows:
        raise Refused(422, "rows must be a list of at least one row")
    if len(rows) > MAX_ROWS:
        raise Refused(413, f"at most {MAX_ROWS} rows")
    return rows


def _refuse_constant(literal: str) -> None:
    raise ValueError(f"{literal} is no JSON")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    # Only files of our own training are read here: joblib would run what a foreign one contains.
    app = create_app(joblib.load(arguments.model))
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=arguments.port,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_S,
    )


if __name__ == "__main__":
    main()
