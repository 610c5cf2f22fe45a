"""What stands in a folder of the code: adding a seal, a parser or a control is adding a file."""

from __future__ import annotations

import os
from collections.abc import Iterable


def modules(path: Iterable[str]) -> list[str]:
    """Names of the modules in a package, sorted. path: the package's `__path__`.

    `pkgutil` says the same and loads `inspect` for it, a tenth of what `check` may take.
    """
    names = (name for folder in path for name in os.listdir(folder))
    return sorted(name[:-3] for name in names if name.endswith(".py") and name != "__init__.py")
