"""Sleep."""

import pathlib
import sys
import time

SECONDS = 4.0

if __name__ == "__main__":
    time.sleep(SECONDS)
    out = pathlib.Path(sys.argv[1])
    out.mkdir(exist_ok=True)
    (out / "seconds.txt").write_text(str(SECONDS))
