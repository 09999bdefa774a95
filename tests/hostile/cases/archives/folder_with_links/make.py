import os
import socket

from hostile_corpus import write_files


def make(folder, base):
    work = write_files(folder / "work", {**base, ".git": b"gitdir: /root/secret\n"})
    (work / "etc").symlink_to("/etc")
    (work / "passwd").symlink_to("/etc/passwd")
    (work / "broken").symlink_to("../nowhere")
    os.link(work / "lib.py", work / "hard.py")
    os.mkfifo(work / "pipe")
    here = os.open(folder, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(f"/proc/self/fd/{here}/work/socket")
    os.close(here)
    return work
