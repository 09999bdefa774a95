import gzip
import tarfile


def make(folder, base):
    path = folder / "work.tgz"
    info = tarfile.TarInfo("zeros.bin")
    info.size = 1 << 28
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(info.tobuf())
        for _ in range(16):
            file.write(bytes(1 << 24))
    return path
