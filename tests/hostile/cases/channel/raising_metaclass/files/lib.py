class Nameless(type):
    @property
    def __name__(cls):
        raise RuntimeError("no name")


class Odd(Exception, metaclass=Nameless):
    def __str__(self):
        return Text("odd")


class Text(str):
    def __getitem__(self, key):
        return self

    def encode(self, *args):
        raise RuntimeError("no bytes")


class Plain(Exception):
    def __str__(self):
        return Text("plain")


def total(values):
    raise Odd


def doubled(table):
    raise Plain
