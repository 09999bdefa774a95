"""Serves the model over HTTP: GET /healthz and POST /predict."""

import argparse
import threading
from pathlib import Path
from typing import Annotated, Any, Literal

import uvicorn
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

MAX_ROWS = 256
ERRORS_SHOWN = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    app = create_app(arguments.model)
    uvicorn.run(app, host="127.0.0.1", port=arguments.port, log_level="warning", access_log=False)


class Scorer:
    """Loads in the background, so that the port is open at once."""

    def __init__(self, path: Path) -> None:
        self.batch_type: type[BaseModel] | None = None
        threading.Thread(target=self.load, args=(path,), daemon=True).start()

    def load(self, path: Path) -> None:
        import joblib
        from features import encode

        artefact = joblib.load(path)
        self.encode, self.features, self.model = encode, artefact["features"], artefact["model"]
        self.score([example_row(self.features)])
        self.batch_type = batch_model(self.features)

    def score(self, rows: list[dict[str, object]]) -> list[float]:
        return self.model.predict_proba(self.encode(rows, self.features))[:, 1].tolist()


def create_app(path: Path) -> FastAPI:
    scorer = Scorer(path)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ready"}

    @app.post("/predict")
    async def predict(request: Request) -> JSONResponse:
        if scorer.batch_type is None:
            return JSONResponse({"detail": "the model is still loading"}, status_code=503)
        try:
            batch = scorer.batch_type.model_validate_json(await request.body())
        except ValidationError as error:
            return refusal(error)
        rows = [row.__dict__ for row in batch.rows]
        return JSONResponse({"predictions": await run_in_threadpool(scorer.score, rows)})

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
