import pathlib
import sys


def echo(value):
    return value


if __name__ == "__main__":
    out = pathlib.Path(sys.argv[1])
    out.mkdir(exist_ok=True)
    (out / "done.txt").write_text("done\n")
