import struct

from hostile_archives import make_zip


def make(folder, base):
    path = make_zip(folder / "work.zip", {**base, "zeros.bin": bytes(1 << 20)})
    raw = bytearray(path.read_bytes())
    struct.pack_into("<L", raw, raw.rindex(b"zeros.bin") - 46 + 24, 4)
    path.write_bytes(raw)
    return path
