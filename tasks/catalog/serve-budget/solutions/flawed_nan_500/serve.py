"""Serves the model over HTTP: GET /healthz and POST /predict."""

import argparse
from pathlib import Path
from typing import Annotated, Any, Literal

import joblib
import uvicorn
from fastapi import FastAPI, Request
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from features import encode
from pydantic import BaseModel, ConfigDict, Field, create_model

MAX_ROWS = 256


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    # Loaded before the socket is opened: until then a probe is refused, never told a lie.
    artefact = joblib.load(arguments.model)
    app = create_app(artefact)
    uvicorn.run(app, host="127.0.0.1", port=arguments.port, log_level="warning", access_log=False)


def create_app(artefact: dict[str, Any]) -> FastAPI:
    features, model = artefact["features"], artefact["model"]
    batch_type = batch_model(features)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    def score(rows: list[dict[str, object]]) -> list[float]:
        return model.predict_proba(encode(rows, features))[:, 1].tolist()

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ready"}

    @app.post("/predict")
    def predict(batch: batch_type) -> dict[str, list[float]]:
        return {"predictions": score([row.__dict__ for row in batch.rows])}

    @app.exception_handler(RequestValidationError)
    async def refuse(request: Request, error: RequestValidationError) -> Response:
        if any(item["type"] == "too_long" for item in error.errors()):
            return JSONResponse({"detail": f"more than {MAX_ROWS} rows"}, status_code=413)
        return await request_validation_exception_handler(request, error)

    score([example_row(features)])  # the first request pays for no lazy initialisation
    return app


def batch_model(features: list[dict]) -> type[BaseModel]:
    config = ConfigDict(extra="forbid", strict=True, protected_namespaces=())
    fields: dict[str, Any] = {feature["name"]: (field_type(feature), ...) for feature in features}
    row = create_model("Row", __config__=config, **fields)
    rows = Annotated[list[row], Field(min_length=1, max_length=MAX_ROWS)]
    return create_model("Batch", __config__=config, rows=(rows, ...))


def field_type(feature: dict) -> Any:
    match feature["type"]:
        case "number":
            kind = Annotated[float, Field(allow_inf_nan=False)]
        case "integer":
            kind = int
        case _:
            kind = Literal[tuple(feature["levels"])]
    return kind | None if feature["nullable"] else kind


def example_row(features: list[dict]) -> dict[str, object]:
    return {f["name"]: f["levels"][0] if f["type"] == "category" else 1 for f in features}


if __name__ == "__main__":
    main()
