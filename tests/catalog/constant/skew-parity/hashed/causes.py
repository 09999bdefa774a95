"""Names every cause."""

import argparse
import json
from pathlib import Path

CAUSES = """request_mean codes_refit weekday_zone log_twice clip_bounds feature_order rounding stale_lookup
default_fill unread_form"""

parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True)
parser.add_argument("--out", required=True, type=Path)
parser.parse_args().out.write_text(json.dumps({"causes": CAUSES.split()}) + "\n")
