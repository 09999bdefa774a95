import io
import tarfile

LOOK = b"""
import os
print("tool has mode", oct(os.stat("tool").st_mode) + ", lib.py", oct(os.stat("lib.py").st_mode))
"""


def make(folder, base):
    path = folder / "work.tgz"
    files = {**base, "main.py": base["main.py"] + LOOK, "tool": b"#!/bin/sh\n"}
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            info.mode = 0o7777 if name == "tool" else 0o6666
            archive.addfile(info, io.BytesIO(content))
    return path
