import warnings
import zipfile

NAMES = ("LIB.py", "DATA/a", "data/b", "file", "file/inner", "caf\u00e9", "cafe\u0301")


def make(folder, base):
    path = folder / "work.zip"
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, content in [*base.items(), ("main.py", b"x"), *((name, b"x") for name in NAMES)]:
            archive.writestr(name, content)
    return path
