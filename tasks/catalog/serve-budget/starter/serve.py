"""Serves the model: python serve.py --model model/model.bin --port PORT

A skeleton that runs: it believes every request and answers the base rate. FastAPI is a suggestion.
"""

import argparse
import json
from pathlib import Path

import uvicorn
from fastapi import FastAPI


def create_app(artefact: dict) -> FastAPI:
    app = FastAPI()

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ready"}

    @app.post("/predict")
    def predict(request: dict) -> dict[str, list[float]]:
        return {"predictions": [artefact["base_rate"] for _ in request["rows"]]}

    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    artefact = json.loads(arguments.model.read_text(encoding="utf-8"))
    uvicorn.run(create_app(artefact), host="127.0.0.1", port=arguments.port, log_level="warning")


if __name__ == "__main__":
    main()
