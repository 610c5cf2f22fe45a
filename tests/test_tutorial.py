"""Every block of the tutorial runs as it stands and says what the page says that it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", (ROOT / "docs/tutorial.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_the_tutorial_runs_from_the_answers_to_a_refused_package(tmp_path: Path) -> None:
    programs = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    said = []
    for block in BLOCKS:
        script = f"set -euo pipefail\n{block}"
        done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, block + done.stdout + done.stderr
        said.append(done.stdout)
    whole = "\n".join(said)
    assert "PKCS#11" in said[1].splitlines()[0]
    assert "R026" in said[2]
    assert "a control fails: exit code 1" in whole
    assert "C-TL-01" in whole
    assert "package: valid, nothing differs" in whole
    assert "refused: exit code 1" in whole
