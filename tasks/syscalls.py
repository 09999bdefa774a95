"""The calls of the kernel that a task may add for its candidates, and why no task may add others.

Ordinary ones are allowed anyway and need no mention; which, stands in the sandbox's profile. What
may be added is held equal to what the sandbox accepts by a test.
"""

from __future__ import annotations

from typing import Final

_ADDABLE: Final = {
    "moves data between pipes without a copy": "splice tee vmsplice",
    "asynchronous disk access, as databases use it": """
        io_setup io_submit io_getevents io_pgetevents io_cancel io_destroy""",
    "System V shared memory, semaphores and queues": """
        shmget shmat shmdt shmctl semget semop semtimedop semctl msgget msgsnd msgrcv msgctl""",
    "POSIX message queues": """
        mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr""",
    "POSIX timers": "timer_create timer_settime timer_gettime timer_getoverrun timer_delete",
    "placement of memory on NUMA nodes": """
        mbind get_mempolicy set_mempolicy set_mempolicy_home_node""",
    "protection of memory": "pkey_alloc pkey_free pkey_mprotect mseal map_shadow_stack",
    "programs that wall themselves in": """
        landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp""",
    "newer forms of what is allowed": """
        futex_wait futex_wake futex_requeue getxattrat setxattrat listxattrat removexattrat
        file_getattr file_setattr""",
    "rarely needed": "syncfs cachestat capset",
}
_REFUSED: Final = {
    "it changes what the file system consists of": """
        mount umount2 pivot_root chroot fsopen fsconfig fsmount fspick move_mount mount_setattr
        open_tree open_tree_attr statmount listmount swapon swapoff quotactl quotactl_fd acct""",
    "it leaves the container's namespaces or makes new ones": "unshare setns listns clone clone3",
    "it opens files past their folders": "name_to_handle_at open_by_handle_at",
    "it reaches into other processes": """
        ptrace process_vm_readv process_vm_writev process_madvise process_mrelease pidfd_getfd kcmp
        move_pages migrate_pages""",
    "it is a second way to the kernel that no filter sees": """
        io_uring_setup io_uring_enter io_uring_register""",
    "it runs programs in the kernel or measures it": """
        bpf perf_event_open uprobe uretprobe lookup_dcookie""",
    "it lets a program answer for the kernel's memory": "userfaultfd",
    "keyrings are not kept apart by containers": "keyctl add_key request_key",
    "it watches the whole file system": "fanotify_init fanotify_mark",
    "it hides memory from the kernel": "memfd_secret",
    "it changes how the processor or the kernel treats a program": """
        personality modify_ldt iopl ioperm remap_file_pages""",
    "it loads code into the kernel": """
        init_module finit_module delete_module kexec_load kexec_file_load""",
    "it is about the machine, not the container": """
        reboot sync syslog sethostname setdomainname settimeofday clock_settime adjtimex
        clock_adjtime vhangup lsm_get_self_attr lsm_set_self_attr lsm_list_modules""",
    "it depends on its arguments, and the sandbox's own rules for them stay": """
        socket socketpair mknod mknodat""",
    "the kernel has it no longer": """
        create_module get_kernel_syms query_module uselib _sysctl sysfs ustat nfsservctl getpmsg
        putpmsg afs_syscall tuxcall security vserver epoll_ctl_old epoll_wait_old set_thread_area
        get_thread_area""",
}

ADDABLE: Final = frozenset(" ".join(_ADDABLE.values()).split())
"""Names that ``[sandbox] extra_syscalls`` may hold."""
REFUSED: Final = {name: why for why, names in _REFUSED.items() for name in names.split()}
"""Name -> why no task may add it."""
