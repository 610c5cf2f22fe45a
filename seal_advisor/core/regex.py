"""A regular expression that is compiled when it is first asked, not when its module is loaded.

Compiling is the dearest thing that a module does at import, and a command uses few of the patterns that it loads.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, AnyStr


class _Late:
    """Keeps each method of the compiled pattern at its first use, so that later ones cost nothing."""

    __slots__ = ("__dict__", "_flags", "_text")

    def __init__(self, text: str | bytes, flags: int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        found = self.__dict__[name] = getattr(re.compile(self._text, self._flags), name)
        return found


def regex(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What `re.compile` gives, later. Errors: re.error at the first use; a test compiles every one of them."""
    late: Any = _Late(text, flags)
    return late  # type: ignore[no-any-return]
