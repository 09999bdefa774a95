class Loud(Exception):
    def __str__(self):
        raise SystemError("no words")


Loud.__name__ = "\x1b[2J<script>alert(1)</script>\u202e" * 10


def total(values):
    raise ValueError("<img src=x onerror=alert(1)>\x1b]52;c;eA==\x07\ud800" + "x" * 10_000_000)


def doubled(table):
    raise Loud
