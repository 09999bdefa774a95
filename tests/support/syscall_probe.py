"""Says which calls of the kernel get through to it, from inside a container.

Reads JSON from stdin: ``numbers`` (name to number on this machine), ``sweep`` (names to call with
arguments that mean nothing) and ``cases`` (whether to try those below). Writes JSON: name to
``errno`` (0 where it worked) or ``signal`` (which ended the process that tried; SIGALRM: it waits).
Every call is tried in a process of its own.

Arguments of the cases are chosen so that a kernel without a filter answers most with another errno
than EPERM. Standard library only.
"""

from __future__ import annotations

import ctypes
import errno
import json
import mmap
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

WAIT_S = 2
CLONE_NEWUSER = 0x10000000
AT_FDCWD = -100
IFCHR = 0o020000
UNIX, INET, INET6 = 1, 2, 10
STREAM, DGRAM, RAW, SEQPACKET = 1, 2, 3, 5

libc = ctypes.CDLL(None, use_errno=True)
NUMBERS: dict[str, int] = {}

Attempt = Callable[[], int]
"""Makes a call; returns -1 where it failed, with the errno set."""


def call(name: str, *args: int) -> int:
    return int(libc.syscall(NUMBERS[name], *map(ctypes.c_long, args)))


def open_socket(*args: int) -> Attempt:
    return lambda: call("socket", *args)


def open_queue() -> int:
    name = ctypes.create_string_buffer(b"worksample-probe")
    result = call("mq_open", ctypes.addressof(name), os.O_CREAT | os.O_RDWR, 0o600, 0)
    if result >= 0:
        call("mq_unlink", ctypes.addressof(name))
    return result


def new_namespace_by_clone() -> int:
    child = call("clone", CLONE_NEWUSER | signal.SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    return child


def make_device() -> int:
    path = ctypes.create_string_buffer(b"/tmp/probe-device")
    return call("mknodat", AT_FDCWD, ctypes.addressof(path), IFCHR | 0o600, os.makedev(1, 3))


def process_vm(name: str) -> Attempt:
    return lambda: call(name, os.getpid(), 0, 0, 0, 0, 0)


def call_as_32_bit() -> int:
    """Execute `mov eax, 20; int 0x80; ret`: getpid of the ABI for 32 bits."""
    code = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
    address = ctypes.addressof(ctypes.c_char.from_buffer(code))
    return int(ctypes.CFUNCTYPE(ctypes.c_int)(address)())


def request(name: str, *args: int) -> Attempt:
    return lambda: call(name, *args)


CASES: dict[str, Attempt] = {
    "AF_NETLINK": open_socket(16, RAW, 0),
    "AF_PACKET": open_socket(17, DGRAM, 0),
    "AF_KEY": open_socket(15, RAW, 2),
    "AF_RDS": open_socket(21, SEQPACKET, 0),
    "AF_CAN": open_socket(29, RAW, 1),
    "AF_TIPC": open_socket(30, STREAM, 0),
    "AF_BLUETOOTH": open_socket(31, RAW, 1),
    "AF_ALG": open_socket(38, SEQPACKET, 0),
    "AF_VSOCK": open_socket(40, STREAM, 0),
    "AF_QIPCRTR": open_socket(42, DGRAM, 0),
    "AF_XDP": open_socket(44, RAW, 0),
    "AF_ALG with high bits": open_socket(38 | 1 << 40, SEQPACKET, 0),
    "raw IPv4": open_socket(INET, RAW, 1),
    "raw IPv6": open_socket(INET6, RAW, 58),
    "ping": open_socket(INET, DGRAM, 1),
    "multipath TCP": open_socket(INET, STREAM, 262),
    "SCTP": open_socket(INET, SEQPACKET, 132),
    "DCCP": open_socket(INET, 6, 33),
    "UDP-Lite": open_socket(INET, DGRAM, 136),
    "socketpair of AF_TIPC": request("socketpair", 30, STREAM, 0, 0),
    "io_uring_setup": request("io_uring_setup", 1, 0),
    "io_uring_enter": request("io_uring_enter", -1, 0, 0, 0, 0, 0),
    "io_uring_register": request("io_uring_register", -1, 0, 0, 0),
    "keyctl": request("keyctl", 0, -3, 0, 0, 0),
    "add_key": request("add_key", 0, 0, 0, 0, -3),
    "request_key": request("request_key", 0, 0, 0, 0),
    "bpf": request("bpf", 1, 0, 0),
    "userfaultfd": request("userfaultfd", 1),
    "perf_event_open": request("perf_event_open", 0, 0, -1, -1, -1),
    "ptrace of oneself": request("ptrace", 0, 0, 0, 0),
    "process_vm_readv": process_vm("process_vm_readv"),
    "process_vm_writev": process_vm("process_vm_writev"),
    "kcmp": lambda: call("kcmp", os.getpid(), os.getpid(), 0, 0, 0),
    "pidfd_getfd": request("pidfd_getfd", -1, 0, 0),
    "unshare of the user": request("unshare", CLONE_NEWUSER),
    "clone with a new user": new_namespace_by_clone,
    "clone3": request("clone3", 0, 0),
    "setns": request("setns", -1, 0),
    "mount": request("mount", 0, 0, 0, 0, 0),
    "umount2": request("umount2", 0, -1),
    "mount_setattr": request("mount_setattr", -1, 0, -1, 0, 0),
    "open_tree": request("open_tree", -1, 0, 0),
    "fsopen": request("fsopen", 0, 0),
    "pivot_root": request("pivot_root", 0, 0),
    "chroot": request("chroot", 0),
    "name_to_handle_at": request("name_to_handle_at", -1, 0, 0, 0, 0),
    "open_by_handle_at": request("open_by_handle_at", -1, 0, 0),
    "kexec_load": request("kexec_load", 0, 0, 0, 0),
    "init_module": request("init_module", 0, 0, 0),
    "finit_module": request("finit_module", -1, 0, 0),
    "mq_open": open_queue,
    "personality without randomisation": request("personality", 0x0040000),
    "personality as it is": request("personality", 0xFFFFFFFF),
    "modify_ldt": request("modify_ldt", 0, 0, 0),
    "memfd_secret": request("memfd_secret", 0),
    "vmsplice": request("vmsplice", -1, 0, 0, 0),
    "a device": make_device,
    "x32": lambda: int(libc.syscall(0x40000000 | NUMBERS["getpid"])),
    "32 bits": call_as_32_bit,
}
ORDINARY: dict[str, Attempt] = {
    "TCP": open_socket(INET, STREAM, socket.IPPROTO_TCP),
    "TCP, close on exec": open_socket(INET, STREAM | socket.SOCK_CLOEXEC, 0),
    "TCP over IPv6": open_socket(INET6, STREAM | socket.SOCK_NONBLOCK, 0),
    "UDP": open_socket(INET, DGRAM, 0),
    "UDP over IPv6": open_socket(INET6, DGRAM, socket.IPPROTO_UDP),
    "unix stream": open_socket(UNIX, STREAM, 0),
    "unix datagram": open_socket(UNIX, DGRAM, 0),
    "unix socketpair": lambda: -1 if socket.socketpair()[0].fileno() < 0 else 0,
    "named pipe": lambda: int(libc.mkfifo(b"/tmp/probe-fifo", 0o600)),
}


def tried(attempt: Attempt) -> dict[str, Any]:
    """Return how a call went that may end or stop the process that makes it."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(WAIT_S)
        ctypes.set_errno(0)
        failed = attempt() == -1
        os.write(writer, b"%d" % (ctypes.get_errno() if failed else 0))
        os._exit(0)
    os.close(writer)
    _, status = os.waitpid(child, 0)
    said = os.read(reader, 16)
    os.close(reader)
    if os.WIFSIGNALED(status):
        return {"signal": signal.Signals(os.WTERMSIG(status)).name}
    if not said:
        return {"ended": os.waitstatus_to_exitcode(status)}
    return {"errno": errno.errorcode.get(int(said), int(said))}


def main() -> None:
    asked = json.load(sys.stdin)
    NUMBERS.update(asked["numbers"])
    found = {name: tried(request(name, -1, -1, -1, -1, -1, -1)) for name in asked["sweep"]}
    if asked["cases"]:
        found |= {name: tried(attempt) for name, attempt in (CASES | ORDINARY).items()}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
