"""Says what a container's walls look like from the inside.

Takes nothing; answers with one frame as in ``wire.py`` and ends. Its header: ``protocol`` 1,
``uid``, ``status`` (fields of /proc/self/status), ``interfaces``, ``root_writable``,
``memory_bytes``, ``pids``, ``swap`` (v2: swap alone), ``memory_and_swap`` (v1: together), ``cpu``
(quota and period in microseconds): the cgroup's limits as text, None where there is no such file;
``swap_kib`` (of the machine), ``rlimits`` (name to [soft, hard], as text), ``places`` (mount point
to kind, options, bytes, inodes and whether a file can be written), ``clock`` (seconds since 1970).

Standard library only.
"""

import json
import os
import struct
import sys
import time

PROTOCOL = 1
STATUS = ("CapEff", "CapBnd", "NoNewPrivs", "Seccomp")
RLIMITS = ("Max open files", "Max file size", "Max core file size")
PLACES = ("/", "/work", "/tmp", "/dev/shm")


def first_text(*paths):
    for path in filter(os.path.exists, paths):
        with open(path) as file:
            return file.read().strip()
    return None


def status():
    with open("/proc/self/status") as file:
        pairs = [line.split(":", 1) for line in file if ":" in line]
    return {key: value.strip() for key, value in pairs if key in STATUS}


def interfaces():
    with open("/proc/net/dev") as file:
        return sorted(line.split(":")[0].strip() for line in file if ":" in line)


def cpu(group):
    quota = first_text(group + "cpu/cpu.cfs_quota_us")
    if quota is not None:
        return quota + " " + str(first_text(group + "cpu/cpu.cfs_period_us"))
    return first_text(group + "cpu.max")


def swap_kib():
    with open("/proc/meminfo") as file:
        pairs = dict(line.split(":", 1) for line in file)
    return int(pairs["SwapTotal"].split()[0])


def rlimits():
    with open("/proc/self/limits") as file:
        lines = [(name, line) for line in file for name in RLIMITS if line.startswith(name)]
    return {name: line[len(name) :].split()[:2] for name, line in lines}


def writable(place):
    path = place + "/worksample-probe"
    try:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
    except OSError:
        return False
    os.unlink(path)
    return True


def places():
    found = {}
    with open("/proc/self/mounts") as file:
        for line in file:
            _, place, kind, options = line.split()[:4]
            if place in PLACES:
                facts = os.statvfs(place)
                found[place] = {
                    "kind": kind,
                    "options": options,
                    "bytes": facts.f_blocks * facts.f_frsize,
                    "inodes": facts.f_files,
                    "writable": writable(place.rstrip("/")),
                }
    return found


def main():
    group = "/sys/fs/cgroup/"
    answer = {
        "protocol": PROTOCOL,
        "uid": os.getuid(),
        "status": status(),
        "interfaces": interfaces(),
        "root_writable": writable(""),
        "memory_bytes": first_text(group + "memory.max", group + "memory/memory.limit_in_bytes"),
        "pids": first_text(group + "pids.max", group + "pids/pids.max"),
        "swap": first_text(group + "memory.swap.max"),
        "memory_and_swap": first_text(group + "memory/memory.memsw.limit_in_bytes"),
        "cpu": cpu(group),
        "swap_kib": swap_kib(),
        "rlimits": rlimits(),
        "places": places(),
        "clock": time.time(),
    }
    head = json.dumps(answer).encode()
    sys.stdout.buffer.write(struct.pack(">II", len(head), 0) + head)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
