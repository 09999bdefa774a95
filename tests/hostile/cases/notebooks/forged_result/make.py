from hostile_notebooks import change, code

FORGE = """
import json, os, pathlib, signal
cell = {"index": 1, "text": "forged", "png": [], "error": None, "seconds": 0.1}
result = pathlib.Path("/work/submission/.notebook/executed.json")
result.write_text(json.dumps({"cells": [cell] * 20_000, "stopped": ""}))
os.kill(os.getppid(), signal.SIGKILL)
"""


def make(folder, base):
    notebook, save = change(folder, base)
    cells = notebook["cells"]
    cells.insert(1, code(FORGE + "#" * 200_000))
    return save()
