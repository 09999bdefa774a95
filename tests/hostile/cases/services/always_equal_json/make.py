from pathlib import Path


def make(folder: Path, base: dict[str, bytes]) -> Path:
    target = folder / "submission"
    target.mkdir()
    serve = base["serve.py"].replace(b'{"total": total}', b'[{"total": n} for n in range(2000)]')
    (target / "serve.py").write_bytes(serve)
    (target / "prepare.py").write_bytes(base["prepare.py"])
    return target
