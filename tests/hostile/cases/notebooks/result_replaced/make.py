from hostile_notebooks import change, code

DAEMON = """
import json, os, pathlib, time
if os.fork() == 0:
    os.setsid()
    agent = os.getppid
    while pathlib.Path("/proc/%d" % agent()).exists() and agent() != 1:
        time.sleep(0.01)
    time.sleep(1)
    words = "forged by " + "a daemon"
    cells = [{"index": 1, "text": words, "png": [], "error": None, "seconds": 0.1}]
    path = pathlib.Path("/work/submission/.notebook/executed.json")
    path.write_text(json.dumps({"cells": cells, "stopped": ""}))
    os._exit(0)
"""


def make(folder, base):
    notebook, save = change(folder, base)
    cells = notebook["cells"]
    cells.append(code(DAEMON))
    return save()
