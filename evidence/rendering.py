"""The report is rendered in a process of its own, with limits: a page costs about 4 MB, a bomb no more than the limit.

`render` is for the parent; `python -m evidence.rendering PARENT SECONDS` is the child. Between the two go pickles of
our own making over pipes; nothing from outside is unpickled. The child dies with its parent, even by SIGKILL.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from evidence.core import pdf
from evidence.core.pdf import Attached, Rendered

ROOT = Path(__file__).resolve().parent.parent
MEMORY_BYTES = 2 * 1024**3
PR_SET_PDEATHSIG = 1


class RenderingFailed(Exception):
    """The child did not deliver; the message says why, in one line."""


def render(html: str, attached: Sequence[Attached], now: datetime, *, seconds: int) -> Rendered:
    """The unsigned report. seconds: limit for its CPU time, and twice that for the wall's. Raises RenderingFailed."""
    command = [sys.executable, "-m", "evidence.rendering", str(os.getpid()), str(seconds)]
    task = pickle.dumps((html, list(attached), now))
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            command, input=task, capture_output=True, cwd=ROOT, timeout=2 * seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise RenderingFailed(f"the report was not rendered within {2 * seconds} s") from error
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        reason = lines[-1] if lines else f"the renderer ended with {done.returncode}"
        raise RenderingFailed(f"the report cannot be rendered: {reason}")
    rendered: Rendered = pickle.loads(done.stdout)  # noqa: S301 - written by our own child
    return rendered


def _limit(parent: int, seconds: int) -> None:
    """Bounds for this process; ends it when the parent has ended already."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


def main(arguments: Sequence[str]) -> None:
    _limit(int(arguments[0]), int(arguments[1]))
    html, attached, now = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - written by our own parent
    sys.stdout.buffer.write(pickle.dumps(pdf.render(html, attached, now=now)))


if __name__ == "__main__":
    main(sys.argv[1:])
