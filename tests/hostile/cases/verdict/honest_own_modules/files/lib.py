import strict_json
import values
from caller import times
from wire.parts import COLUMN

assert strict_json.loads() == "mine"


def total(numbers):
    return values.add(numbers)


def twice(n):
    return times(n)


def doubled(table):
    return table.assign(**{COLUMN: times(table[COLUMN])})
