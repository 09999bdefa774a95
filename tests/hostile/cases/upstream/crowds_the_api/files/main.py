import json
import pathlib
import sys
import time
import urllib.request

from crowd import crowd

crowd(9000)
for _ in range(40):
    try:
        with urllib.request.urlopen(sys.argv[1] + "/numbers", timeout=1) as response:
            numbers = json.load(response)
        break
    except OSError:
        time.sleep(0.1)
pathlib.Path(sys.argv[2], "answer.json").write_text(json.dumps({"total": sum(numbers)}))
