"""Calls the candidate's functions, one after the other, beside the candidate's code.

Run as ``python caller.py`` with the submission's root as working directory; frames as in
``wire.py`` on stdin and stdout. A request has ``id``, ``function`` (``module:function``), ``args``,
``kwargs`` and ``buffers`` (see ``values.py``); without ``args`` the function is imported and not
called; with ``keep_args`` the value is a tuple of what it returned and its positional arguments as
they are afterwards. The answer has ``id`` and one of ``ok`` + buffers, ``raised`` {type, text},
``unusable`` (why the value cannot be handed over). What the code prints goes to stderr. A function
that runs for ever or ends this process is the host's to notice: here runs the candidate's code, so
that every answer is a claim.

Needs numpy and pandas in the image.
"""

import importlib
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import wire

channel = wire.take_stdio()

import values

MAX_TEXT = 300
NAME = type.__dict__["__name__"]

OURS = ("strict_json", "values", "wire")


def main():
    sys.path[:2] = [os.getcwd()]  # ours stood there twice
    for name in OURS:  # the candidate's modules may have these names
        del sys.modules[name]
    while True:
        message = channel.read()
        if message is None:
            return
        answer(*message)


def answer(request, body):
    words = {"id": request["id"], "buffers": []}
    try:
        function = find(request["function"])
        result = call(function, request, body) if "args" in request else None
    except Exception as error:  # noqa: BLE001 - the candidate's code may raise anything
        channel.write({**words, "raised": in_words(error)})
        return
    try:
        head, raw = values.pack({"id": request["id"]}, ok=result)
    except values.ValueRefusedError as error:
        channel.write({**words, "unusable": str(error)[:MAX_TEXT]})
    except Exception as error:  # noqa: BLE001 - an odd array runs the candidate's code
        said = in_words(error)
        channel.write({**words, "unusable": f"{said['type']}: {said['text']}"[:MAX_TEXT]})
    else:
        channel.write_raw(head, raw)


def call(function, request, body):
    args = values.unpack(request, body, "args", allow_nan=True)
    kwargs = values.unpack(request, body, "kwargs", allow_nan=True)
    value = function(*args, **kwargs)
    return (value, tuple(args)) if request.get("keep_args") is True else value


def find(name):
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)


def in_words(error):
    """Describe an exception; of the candidate's code only its ``__str__`` runs."""
    try:
        text = str.__getitem__(str(error), slice(MAX_TEXT))
    except Exception:  # noqa: BLE001 - it may raise anything
        text = "(its text could not be made)"
    kind = NAME.__get__(type(error))[:100]
    return {"type": kind, "text": text.encode("utf-8", "replace").decode()}


if __name__ == "__main__":
    main()
