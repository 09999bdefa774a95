"""An artefact of one byte."""

from pathlib import Path

Path("model").mkdir(exist_ok=True)
Path("model/model.bin").write_bytes(b"0")
