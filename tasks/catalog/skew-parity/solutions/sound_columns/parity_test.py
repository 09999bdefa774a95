"""unittest of `online.score` beside the batch command: python parity_test.py --data DATA"""

import csv
import json
import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from online import score

HERE = Path(__file__).resolve().parent


def batch_scores(data):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "scores.csv"
        command = [sys.executable, str(HERE / "batch.py"), "--model", str(data / "model.json")]
        subprocess.run([*command, "--parcels", str(data / "parcels.csv"), "--out", str(out)], check=True)
        with out.open(newline="") as handle:
            return {row["parcel_id"]: float(row["score"]) for row in csv.DictReader(handle)}


class Parity(unittest.TestCase):
    data = HERE / "data"

    @classmethod
    def setUpClass(cls):
        cls.due = batch_scores(cls.data)
        cls.model = str(cls.data / "model.json")
        with (cls.data / "requests.jsonl").open() as handle:
            cls.requests = [json.loads(line)["rows"] for line in handle]
        cls.rows = [row for request in cls.requests for row in request]

    def compare(self, rows):
        found = score(rows, self.model)
        self.assertEqual(len(found), len(rows))
        for row, one in zip(rows, found):
            self.assertAlmostEqual(one, self.due[row["parcel_id"]], delta=1e-6, msg=str(row))

    def test_each_row_alone(self):
        for row in self.rows:
            self.compare([row])

    def test_requests_as_logged(self):
        for request in self.requests:
            self.compare(request)

    def test_shuffled_groups(self):
        rows = random.Random(7).sample(self.rows, len(self.rows))
        for start in range(0, len(rows), 9):
            self.compare(rows[start : start + 9])

    def test_the_export_as_requests(self):
        with (self.data / "parcels.csv").open(newline="") as handle:
            self.compare(list(csv.DictReader(handle)))


if __name__ == "__main__":
    if "--data" in sys.argv:
        place = sys.argv.index("--data")
        Parity.data = Path(sys.argv[place + 1])
        del sys.argv[place : place + 2]
    unittest.main()
