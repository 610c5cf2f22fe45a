"""Peak memory of one piece of work in a process of its own: `python -m benchmarks.peak MODULE FUNCTION [PATH]`.

The function is called with the path, where there is one; printed is the most that the process ever held, in MB.
"""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parent.parent


def peak(module: str, function: str, path: Path) -> float:
    """MB. Raises CalledProcessError when the work fails."""
    command = [sys.executable, "-m", "benchmarks.peak", module, function, str(path)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


if __name__ == "__main__":
    getattr(import_module(sys.argv[1]), sys.argv[2])(Path(sys.argv[3]))
    # Not `ru_maxrss`, which a process inherits from the one that started it.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    print(int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6)
