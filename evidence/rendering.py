"""The report is rendered in a process of its own, with limits: a page costs about 4 MB, a bomb no more than the limit.

`render` is for the parent; `python -m evidence.rendering PARENT SECONDS` is the child. Between the two go
records as typed JSON in files without a name: a child that the page's content took over can say no more than a report.
The child dies with its parent, even by SIGKILL.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from evidence.confinement import confine, die_with
from evidence.core import pdf, typed_json
from evidence.core.pdf import Attached, Rendered

ROOT = Path(__file__).resolve().parent.parent
MEMORY_BYTES = 2 * 1024**3
LOOK_SECONDS = 0.5


class RenderingFailed(Exception):
    """The child did not deliver; the message says why, in one line."""


class Stopped(Exception):
    """Whoever asked for the report does not want it any more; the child was ended."""


def render(
    html: str,
    attached: Sequence[Attached],
    now: datetime,
    *,
    seconds: int,
    stopped: Callable[[], bool] = lambda: False,
) -> Rendered:
    """The unsigned report. seconds: limit for its CPU time, and twice that for the wall's. stopped: asked twice a
    second. Raises RenderingFailed, Stopped.
    """
    command = [sys.executable, "-m", "evidence.rendering", str(os.getpid()), str(seconds)]
    with tempfile.TemporaryFile() as task, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        task.write(typed_json.write((html, tuple(attached), now)))
        task.seek(0)
        with subprocess.Popen(command, stdin=task, stdout=out, stderr=errors, cwd=ROOT) as child:  # noqa: S603 - our own
            try:
                _wait(child, 2 * seconds, stopped)
            finally:
                child.kill()
        out.seek(0)
        errors.seek(0)
        if child.returncode != 0:
            lines = errors.read().decode(errors="replace").strip().splitlines()
            reason = lines[-1] if lines else f"the renderer ended with {child.returncode}"
            raise RenderingFailed(f"the report cannot be rendered: {reason}")
        try:
            return typed_json.read(out.read(), Rendered)
        except typed_json.NotTyped as error:
            raise RenderingFailed(f"the report cannot be rendered: {error}") from error


def _wait(child: subprocess.Popen[bytes], seconds: int, stopped: Callable[[], bool]) -> None:
    """Until the child has ended. Raises RenderingFailed when that takes longer, Stopped when nobody wants it."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            child.wait(LOOK_SECONDS)
            return
        except subprocess.TimeoutExpired as error:
            if stopped():
                raise Stopped from None
            if time.monotonic() > deadline:
                raise RenderingFailed(f"the report was not rendered within {seconds} s") from error


def main(arguments: Sequence[str]) -> None:
    confine(memory=MEMORY_BYTES, seconds=int(arguments[1]))
    die_with(int(arguments[0]))
    html, attached, now = typed_json.read(sys.stdin.buffer.read(), tuple)
    sys.stdout.buffer.write(typed_json.write(pdf.render(html, attached, now=now)))


if __name__ == "__main__":
    main(sys.argv[1:])
