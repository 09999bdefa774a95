import tarfile

from hostile_archives import make_tar, tar_entry


def make(folder, base):
    return make_tar(
        folder / "work.tar.gz",
        *base.items(),
        tar_entry("tmp", tarfile.SYMTYPE, "/tmp"),
        ("tmp/marker", b"written through the link"),
        tar_entry("hard", tarfile.LNKTYPE, "../../../etc/passwd"),
        tar_entry("again", tarfile.LNKTYPE, "tmp"),
        tar_entry("pipe", tarfile.FIFOTYPE),
        tar_entry("zero", tarfile.CHRTYPE),
        tar_entry("disk", tarfile.BLKTYPE),
        tar_entry("odd", b"s"),
    )
