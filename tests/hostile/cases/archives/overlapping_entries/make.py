import io
import struct
import zipfile


def make(folder, base):
    """Point three entries of the directory at the content of the first."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in base.items():
            archive.writestr(name, content)
        for n in range(4):
            archive.writestr(f"quilt-{n}.bin", bytes(1 << 20))
        offset = archive.getinfo("quilt-3.bin").header_offset
    raw = bytearray(packed.getvalue())
    for n in range(3):
        at = raw.rindex(f"quilt-{n}.bin".encode()) - 46
        struct.pack_into("<L", raw, at + 42, offset)
    path = folder / "work.zip"
    path.write_bytes(raw)
    return path
