import pathlib
import sys

out = pathlib.Path(sys.argv[2])
out.mkdir(exist_ok=True)
(out / "answer.json").write_text('{"total":' + '\\"' * 32_000)
