from hostile_notebooks import change, code

DRAW = """
import struct, zlib
from IPython.display import Image, display


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


rows = b"".join(b"\\0" + bytes((x * y) % 256 for x in range(120)) for y in range(80))
head = struct.pack(">IIBBBBB", 120, 80, 8, 0, 0, 0, 0)
parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
display(Image(b"\\x89PNG\\r\\n\\x1a\\n" + parts))
"""


def make(folder, base):
    notebook, save = change(folder, base)
    cells = notebook["cells"]
    cells.append(code(DRAW))
    return save()
