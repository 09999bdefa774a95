import json
import pathlib
import sys
import urllib.request

with urllib.request.urlopen(sys.argv[1] + "/numbers", timeout=5) as response:
    numbers = json.load(response)
pathlib.Path(sys.argv[2], "answer.json").write_text(json.dumps({"total": sum(numbers)}))
