"""Serves the model over HTTP: GET /healthz and POST /predict."""

import argparse
from pathlib import Path
from typing import Annotated, Any, Literal

import joblib
import uvicorn
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from features import encode
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

MAX_ROWS = 256
ERRORS_SHOWN = 5


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
    async def predict(request: Request) -> JSONResponse:
        try:
            batch = batch_type.model_validate_json(await request.body())
        except ValidationError as error:
            return refusal(error)
        rows = [row.__dict__ for row in batch.rows]
        return JSONResponse({"predictions": await run_in_threadpool(score, rows)})

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


def refusal(error: ValidationError) -> JSONResponse:
    """Say what is wrong without echoing the input: a NaN could not be written as JSON."""
    errors = error.errors(include_input=False, include_url=False, include_context=False)
    too_many = any(item["type"] == "too_long" and item["loc"] == ("rows",) for item in errors)
    detail = [{"where": list(item["loc"]), "problem": item["msg"]} for item in errors[:ERRORS_SHOWN]]
    return JSONResponse({"detail": detail}, status_code=413 if too_many else 422)


def example_row(features: list[dict]) -> dict[str, object]:
    return {f["name"]: f["levels"][0] if f["type"] == "category" else 1 for f in features}


if __name__ == "__main__":
    main()
