"""The scorecard: checks rows and adds up their points, in plain Python."""

import bisect
import json
import math

MAX_ROWS = 256


class Refused(Exception):
    """A request that is answered with an error status."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


class Scorecard:
    def __init__(self, document):
        self.base = document["base"]
        self.columns = document["card"]
        self.names = {column["name"] for column in self.columns}

    def answer(self, body):
        """Return the predictions for the body of a request."""
        return [self.score(row) for row in self.parse(body)]

    def parse(self, body):
        try:
            document = json.loads(body.decode("utf-8"), parse_constant=refuse_constant)
        except (ValueError, RecursionError):
            raise Refused(422, "not JSON") from None
        if type(document) is not dict or set(document) != {"rows"} or type(document["rows"]) is not list:
            raise Refused(422, 'expected {"rows": [...]}')
        rows = document["rows"]
        if len(rows) > MAX_ROWS:
            raise Refused(413, f"{len(rows)} rows, at most {MAX_ROWS}")
        if not rows:
            raise Refused(422, "no rows")
        return rows

    def score(self, row):
        if type(row) is not dict or row.keys() != self.names:
            raise Refused(422, "a row must have exactly the fields of the schema")
        total = self.base
        for column in self.columns:
            total += column["points"].get(label(row[column["name"]], column), 0.0)
        return 1.0 / (1.0 + math.exp(-total))


def label(value, column):
    """Return the bin of a valid value; refuse any other."""
    kind = column["type"]
    if value is None and column["nullable"]:
        return "missing"
    if kind == "category" and type(value) is str and value in column["levels"]:
        return value
    if kind == "integer" and type(value) is int:
        return str(bisect.bisect_left(column["cuts"], value))
    if kind == "number" and type(value) in (int, float) and abs(value) <= 1.7e308:
        return str(bisect.bisect_left(column["cuts"], value))
    raise Refused(422, f"bad value for {column['name']}")


def refuse_constant(name):
    raise ValueError(name)
