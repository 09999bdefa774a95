"""Which calls of the kernel a container may make: a list of what is allowed, the rest is refused.

What ordinary programs of a data task need stands below in groups, each with its reason.
`seccomp_profile` makes the engine's format of it, so that there is no second copy that could drift.
Whatever is not listed fails with EPERM, as if the program lacked a privilege; on the machine's own
ABI only: a call by another (32 bits on a 64-bit machine) ends the program. The runtime leaves out
names that its kernel library does not know, and answers ENOSYS to calls newer than all listed.

A task may name calls of `ADDABLE`, and no others: the rest reach into the kernel, into other
processes or out of the container.
"""

from __future__ import annotations

import hashlib
import json
import socket
import stat
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

ALLOWED: Final = {
    "Use what is open": """
        read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek close
        close_range dup dup2 dup3 fcntl flock ioctl fsync fdatasync sync_file_range ftruncate
        fallocate fadvise64 readahead sendfile copy_file_range pipe pipe2""",
    "Find, make and change files, as far as their modes allow": """
        open openat openat2 creat stat lstat fstat newfstatat statx statfs fstatfs access faccessat
        faccessat2 readlink readlinkat getcwd chdir fchdir mkdir mkdirat rmdir unlink unlinkat
        rename renameat renameat2 link linkat symlink symlinkat chmod fchmod fchmodat fchmodat2
        chown fchown lchown fchownat utime utimes futimesat utimensat truncate umask getdents
        getdents64""",
    "Attributes, which shutil copies along": """
        getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr setxattr lsetxattr fsetxattr
        removexattr lremovexattr fremovexattr""",
    "Memory of one's own": """
        brk mmap munmap mremap mprotect madvise mincore msync mlock mlock2 munlock mlockall
        munlockall membarrier memfd_create""",
    "Processes and threads; `clone` and `clone3` have rules of their own": """
        fork vfork execve execveat exit exit_group wait4 waitid futex futex_waitv set_robust_list
        get_robust_list set_tid_address rseq restart_syscall prctl arch_prctl pidfd_open
        pidfd_send_signal""",
    "Signals, which end at the container's own processes": """
        kill tkill tgkill rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend
        rt_sigtimedwait rt_sigqueueinfo rt_tgsigqueueinfo sigaltstack pause signalfd signalfd4""",
    "Who am I; without capabilities nobody becomes another": """
        getpid getppid gettid getpgid getpgrp setpgid getsid setsid getuid geteuid getgid getegid
        getresuid getresgid getgroups setuid setgid setreuid setregid setresuid setresgid setfsuid
        setfsgid setgroups capget uname sysinfo""",
    "A share of the machine, within the limits of the container": """
        getrlimit setrlimit prlimit64 getrusage times getpriority setpriority ioprio_get ioprio_set
        getcpu sched_yield sched_getaffinity sched_setaffinity sched_getparam sched_setparam
        sched_getscheduler sched_setscheduler sched_get_priority_max sched_get_priority_min
        sched_rr_get_interval sched_getattr sched_setattr""",
    "Read clocks, wait for a time": """
        time gettimeofday clock_gettime clock_getres clock_nanosleep nanosleep alarm getitimer
        setitimer timerfd_create timerfd_settime timerfd_gettime""",
    "Wait for whatever comes first": """
        select pselect6 poll ppoll epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait
        epoll_pwait2 eventfd eventfd2 inotify_init inotify_init1 inotify_add_watch
        inotify_rm_watch""",
    "Use sockets; `socket` and `socketpair` have rules of their own": """
        bind connect listen accept accept4 getsockname getpeername getsockopt setsockopt shutdown
        sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg""",
    "Random numbers": "getrandom",
}
"""Reason -> the calls that every container may make, whatever their arguments."""

_ADDABLE: Final = """
    splice tee vmsplice
    io_setup io_submit io_getevents io_pgetevents io_cancel io_destroy
    shmget shmat shmdt shmctl semget semop semtimedop semctl msgget msgsnd msgrcv msgctl
    mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr
    timer_create timer_settime timer_gettime timer_getoverrun timer_delete
    mbind get_mempolicy set_mempolicy set_mempolicy_home_node
    pkey_alloc pkey_free pkey_mprotect mseal map_shadow_stack
    landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp
    futex_wait futex_wake futex_requeue
    getxattrat setxattrat listxattrat removexattrat file_getattr file_setattr
    syncfs cachestat capset"""
ADDABLE: Final = frozenset(_ADDABLE.split())
"""Calls that a task may name for its candidates' containers. tasks/syscalls.py says what for."""

_ENOSYS: Final = 38
_EOPNOTSUPP: Final = 95
_INT: Final = 0xFFFF_FFFF
"""What the kernel reads of an argument of type int; the register's other half can be anything."""
_SOCKET_TYPE: Final = 0xF
"""Without the flags, such as SOCK_CLOEXEC."""
_NEW_NAMESPACES: Final = 0x7E02_0000
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET together.

Source: linux/sched.h. CLONE_NEWTIME is for `unshare` and `clone3` only.
"""
_AF_UNIX: Final = 1
_AF_INET: Final = 2
_AF_INET6: Final = 10
_AF_NETLINK: Final = 16
_TCP: Final = (socket.SOCK_STREAM, (0, socket.IPPROTO_TCP))
_UDP: Final = (socket.SOCK_DGRAM, (0, socket.IPPROTO_UDP))

_Rule = dict[str, Any]


def seccomp_profile(extra: Iterable[str] = ()) -> dict[str, Any]:
    """Return the profile as the engine takes it, with ``extra`` calls allowed, too.

    Raises:
        ValueError: one of them is not in `ADDABLE`.
    """
    added = sorted(set(extra))
    for name in added:
        if name not in ADDABLE:
            raise ValueError(f"No container may be allowed the call {name!r}.")
    names = [name for group in ALLOWED.values() for name in group.split()]
    return {
        "defaultAction": "SCMP_ACT_ERRNO",
        "archMap": [
            {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": []},
            {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": []},
        ],
        "syscalls": [_allow(*sorted(names), *added), *_clone_rules(), *_socket_rules(), *_fifos()],
    }


def seccomp_json(extra: Iterable[str] = ()) -> str:
    """Return the profile as text, the same for the same calls."""
    return json.dumps(seccomp_profile(extra), separators=(",", ":"), sort_keys=True)


def seccomp_digest(extra: Iterable[str] = ()) -> str:
    """Return ``sha256:`` and the digest of that text."""
    return f"sha256:{hashlib.sha256(seccomp_json(extra).encode()).hexdigest()}"


def _clone_rules() -> list[_Rule]:
    """New processes and threads, but no new namespaces.

    The arguments of `clone3` are in memory, where no filter can read them. A C library that is told
    there is no such call takes `clone`.
    """
    return [_allow("clone", args=[_masked(0, _NEW_NAMESPACES, 0)]), _refuse("clone3", _ENOSYS)]


def _socket_rules() -> list[_Rule]:
    """Unix sockets, TCP and UDP, and no other protocol; conditions within one rule are ANDed.

    Who asks for the network's interfaces does so by netlink. EOPNOTSUPP is what libzmq, which
    notebooks stand on, takes for "there are none to be named"; at EPERM it aborts.
    """
    unix = _allow("socket", "socketpair", args=[_masked(0, _INT, _AF_UNIX)])
    netlink = _refuse("socket", _EOPNOTSUPP, args=[_masked(0, _INT, _AF_NETLINK)])
    return [unix, netlink] + [
        _allow(
            "socket",
            args=[
                _masked(0, _INT, family),
                _masked(1, _SOCKET_TYPE, kind),
                _masked(2, _INT, protocol),
            ],
        )
        for family in (_AF_INET, _AF_INET6)
        for kind, protocols in (_TCP, _UDP)
        for protocol in protocols
    ]


def _fifos() -> list[_Rule]:
    """Named pipes are made by the call that also makes devices."""
    file_type = stat.S_IFMT(_INT)
    return [
        _allow("mknod", args=[_masked(1, file_type, stat.S_IFIFO)]),
        _allow("mknodat", args=[_masked(2, file_type, stat.S_IFIFO)]),
    ]


def _allow(*names: str, args: list[_Rule] | None = None) -> _Rule:
    return {"names": list(names), "action": "SCMP_ACT_ALLOW", "args": args or []}


def _refuse(name: str, errno: int, *, args: list[_Rule] | None = None) -> _Rule:
    rule = {"names": [name], "action": "SCMP_ACT_ERRNO", "errnoRet": errno}
    return {**rule, "args": args or []}


def _masked(index: int, mask: int, wanted: int) -> _Rule:
    """Hold for an argument whose bits under ``mask`` are those of ``wanted``."""
    return {"index": index, "value": mask, "valueTwo": int(wanted), "op": "SCMP_CMP_MASKED_EQ"}
