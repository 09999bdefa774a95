"""Reads an archive member by member and says what is in it. Nothing is ever extracted.

Protocol 1, frames as in ``wire.py``. Says ``ready`` protocol; then takes

* ``unpack`` format (``zip`` or ``tar.gz``), limits, leave_out (names);
* ``part`` + body, any number: the archive, piece by piece;
* ``go``.

and answers with any number of

* ``entry`` kind, name, utf8, size, executable + body. Kind is ``file`` (the body is its content),
  ``too_large`` (no body), ``folder``, ``symlink``, ``hardlink``, ``special``, ``sparse``,
  ``encrypted``, ``method`` (a compression that is not known) or ``damaged``;
* ``left_out`` name: this and everything below it was passed over;
* ``over`` limit: ``files``, ``entries``, ``total_bytes`` or ``ratio`` is used up, reading stopped;
* ``failed`` reason: ``corrupt`` (the archive cannot be read on) or ``memory``;

and last ``end``. The limits are max_files, max_entries, max_scanned_entries, max_file_bytes,
max_total_bytes, max_scanned_bytes, max_ratio, ratio_floor_bytes; all hold while decompressing,
before anything is kept. Archives inside the archive are files like any other.

Standard library only; also runs on Python 3.8.
"""

import gzip
import os
import stat
import sys
import tarfile
import tempfile
import zipfile
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import wire

PROTOCOL = 1
CHUNK = 1 << 18
MAX_LEFT_OUT = 1000
ENCRYPTED = 0x1 | 0x40 | 0x2000
UNREADABLE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    KeyError,
    IndexError,
)
try:
    import lzma

    UNREADABLE += (lzma.LZMAError,)
except ImportError:
    pass


class Over(Exception):
    """A limit is used up."""


class Corrupt(Exception):
    """The archive cannot be read on."""


class Entries:
    """Says what is found, within the limits."""

    def __init__(self, channel, limits, leave_out):
        self.limits = limits
        self._channel = channel
        self._leave_out = frozenset(name.encode() for name in leave_out)
        self._passed_over = set()
        self._scanned = 0
        self._entries = 0
        self._files = 0
        self._total_bytes = 0

    def is_left_out(self, name):
        """Whether a path is passed over; says so once for each top of what is."""
        self._scanned += 1
        if self._scanned > self.limits["max_scanned_entries"]:
            raise Over("entries")
        parts = name.split(b"/")
        for index, part in enumerate(parts):
            if part in self._leave_out:
                self._say_left_out(b"/".join(parts[: index + 1]))
                return True
        return False

    def _say_left_out(self, top):
        if top not in self._passed_over and len(self._passed_over) < MAX_LEFT_OUT:
            self._passed_over.add(top)
            self._channel.write({"t": "left_out", "name": as_text(top)[0]})

    def say(self, kind, name, size=0, content=b"", executable=False):
        self._entries += 1
        if self._entries > self.limits["max_entries"]:
            raise Over("entries")
        text, is_utf8 = as_text(name)
        header = {
            "t": "entry",
            "kind": kind,
            "name": text[:4096],
            "utf8": is_utf8,
            "size": min(size, 1 << 62),
            "executable": executable,
        }
        self._channel.write(header, content)

    def say_file(self, name, size, read, executable=False):
        """Say one file; ``read()`` yields its content, which is cut off at the limits."""
        self._files += 1
        if self._files > self.limits["max_files"]:
            raise Over("files")
        if size > self.limits["max_file_bytes"]:
            self.say("too_large", name, size=size)
            return
        parts = []
        held = 0
        try:
            for part in read():
                held += len(part)
                self._count(len(part))
                if held > self.limits["max_file_bytes"]:
                    self.say("too_large", name, size=held)
                    return
                parts.append(part)
        except NotImplementedError:
            self.say("method", name)
        except UNREADABLE:
            self.say("damaged", name)
        else:
            self.say("file", name, held, b"".join(parts), executable)

    def _count(self, size):
        self._total_bytes += size
        if self._total_bytes > self.limits["max_total_bytes"]:
            raise Over("total_bytes")


def as_text(name):
    """Return a name as text that JSON can carry, and whether it was UTF-8."""
    try:
        return name.decode("utf-8"), True
    except UnicodeDecodeError:
        return name.decode("utf-8", "backslashreplace"), False


class Ratio:
    """Holds what came out of the decompressor against what the archive's size allows."""

    def __init__(self, limits, packed_bytes):
        self._limits = limits
        self._allowed = max(limits["max_ratio"] * packed_bytes, limits["ratio_floor_bytes"])
        self._seen = 0

    def count(self, size):
        self._seen += size
        if self._seen > self._allowed:
            raise Over("ratio")
        if self._seen > self._limits["max_scanned_bytes"]:
            raise Over("total_bytes")


# --- zip -----------------------------------------------------------------------------------------


def read_zip(file, entries, ratio):
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            name = zip_name(info)
            if not entries.is_left_out(name):
                read_zip_member(archive, info, name, entries, ratio)


def zip_name(info):
    """Return the name as it stands in the archive: ``filename`` ends at the first NUL."""
    if info.flag_bits & 0x800:
        return info.orig_filename.encode("utf-8", "surrogateescape")
    return info.orig_filename.encode("cp437", "replace")


def read_zip_member(archive, info, name, entries, ratio):
    mode = info.external_attr >> 16
    kind = stat.S_IFMT(mode)
    if kind == stat.S_IFLNK:
        entries.say("symlink", name)
    elif kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        entries.say("special", name)
    elif name.endswith(b"/") or kind == stat.S_IFDIR:
        entries.say("folder", name)
    elif info.flag_bits & ENCRYPTED:
        entries.say("encrypted", name)
    else:

        def read():
            with archive.open(info) as member:
                for part in iter(lambda: member.read(CHUNK), b""):
                    ratio.count(len(part))
                    yield part

        entries.say_file(name, info.file_size, read, bool(mode & stat.S_IXUSR))


# --- tar -----------------------------------------------------------------------------------------


class Metered:
    """A stream that counts what is decompressed, whoever asks for it."""

    def __init__(self, stream, ratio):
        self._stream = stream
        self._ratio = ratio

    def read(self, size):
        data = self._stream.read(min(size, CHUNK))
        self._ratio.count(len(data))
        return data


class StrictTarInfo(tarfile.TarInfo):
    """Refuses a damaged header, which ``tarfile`` takes for the end of the archive."""

    @classmethod
    def fromtarfile(cls, tar):
        try:
            return super().fromtarfile(tar)
        except (tarfile.EOFHeaderError, tarfile.EmptyHeaderError):
            raise
        except tarfile.HeaderError as error:
            raise Corrupt from error


def read_tar(file, entries, ratio):
    metered = Metered(gzip.GzipFile(fileobj=file, mode="rb"), ratio)
    with tarfile.open(fileobj=metered, mode="r|", bufsize=CHUNK, tarinfo=StrictTarInfo) as archive:
        for member in archive:
            name = member.name.encode("utf-8", "surrogateescape")
            if not entries.is_left_out(name):
                read_tar_member(archive, member, name, entries)
            archive.members.clear()
        check_rest(archive.fileobj)


def check_rest(stream):
    """Read to the end, for the checksum's sake; only padding may follow."""
    for part in iter(lambda: stream.read(CHUNK), b""):
        if part.strip(b"\0"):
            raise Corrupt


def read_tar_member(archive, member, name, entries):
    if member.issym():
        entries.say("symlink", name)
    elif member.islnk():
        entries.say("hardlink", name)
    elif member.isdir():
        entries.say("folder", name)
    elif member.issparse():
        entries.say("sparse", name)
    elif not member.isreg():
        entries.say("special", name)
    else:

        def read():
            stream = archive.extractfile(member)
            left = member.size
            while left:
                part = stream.read(min(left, CHUNK))
                if not part:
                    raise Corrupt
                left -= len(part)
                yield part

        entries.say_file(name, member.size, read, bool(member.mode & stat.S_IXUSR))


# --- conversation --------------------------------------------------------------------------------

READERS = {"zip": read_zip, "tar.gz": read_tar}


def receive_archive(channel, file):
    while True:
        header, body = channel.read()
        if header["op"] == "go":
            break
        file.write(body)
    size = file.tell()
    file.seek(0)
    return size


def converse(channel):
    channel.write({"t": "ready", "protocol": PROTOCOL})
    request, _ = channel.read()
    entries = Entries(channel, request["limits"], request["leave_out"])
    with tempfile.TemporaryFile(dir=wire.ROOT) as file:
        size = receive_archive(channel, file)
        try:
            READERS[request["format"]](file, entries, Ratio(request["limits"], size))
        except Over as over:
            channel.write({"t": "over", "limit": str(over)})
        except (Corrupt, RecursionError, NotImplementedError, *UNREADABLE):
            channel.write({"t": "failed", "reason": "corrupt"})
        except MemoryError:
            channel.write({"t": "failed", "reason": "memory"})
    channel.write({"t": "end"})


if __name__ == "__main__":
    converse(wire.take_stdio())
