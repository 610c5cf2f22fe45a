"""Bounds that a process of ours puts on itself before it touches what came from outside.

Memory, processor time, the size of any file that it writes, and no core dump, which would hold what was read.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1


def confine(*, memory: int, seconds: int, file_bytes: int | None = None) -> None:
    """memory, file_bytes: bytes (None = any file may be written). seconds: of processor time since the process began.

    Beyond memory an allocation fails (MemoryError); beyond seconds the kernel ends the process (SIGXCPU); beyond
    file_bytes a write fails (EFBIG). The limit of time may be moved by `allow`, the others are final.
    """
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if file_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    allow(seconds)


def allow(seconds: int) -> None:
    """Processor time, counted from the start of the process."""
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = seconds if most == resource.RLIM_INFINITY else min(seconds, most)
    resource.setrlimit(resource.RLIMIT_CPU, (wanted, most))


def used() -> float:
    """Seconds of processor time that this process has used so far."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


def die_with(parent: int) -> None:
    """Ends this process with its parent, even by SIGKILL, and now where the parent has ended already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)
