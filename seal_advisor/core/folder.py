"""What stands in a folder of the code: adding a seal, a parser or a control is adding a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import ModuleType


def modules(path: Iterable[str]) -> list[str]:
    """Names of the modules in a package, sorted. path: the package's `__path__`.

    `pkgutil` says the same and loads `inspect` for it, a tenth of what `check` may take.
    """
    names = (name for folder in path for name in os.listdir(folder))
    return sorted(name[:-3] for name in names if name.endswith(".py") and name != "__init__.py")


def load(package: str, name: str) -> ModuleType:
    """The module of a name that `modules` gave, as `import_module` gives it. Errors: those of the module itself.

    Where it stands is known; the import system would look for each of some seventy files in every place once more.
    """
    full = f"{package}.{name}"
    if full in sys.modules:
        return sys.modules[full]
    parent = sys.modules[package]
    path = os.path.join(parent.__path__[0], f"{name}.py")
    loader = SourceFileLoader(full, path)
    module = ModuleType(full)
    module.__file__, module.__loader__, module.__package__ = path, loader, package
    module.__spec__ = ModuleSpec(full, loader, origin=path)
    sys.modules[full] = module
    try:
        loader.exec_module(module)
    except BaseException:
        del sys.modules[full]
        raise
    setattr(parent, name, module)
    return module
