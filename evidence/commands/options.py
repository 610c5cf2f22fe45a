"""Command-line words into options, without the cost of a parser library: `check` must start at once.

`--name VALUE`, `--name=VALUE`, and everything else is a path; after `--` every word is a path.
"""

from __future__ import annotations

from collections.abc import Sequence

from seal_advisor.core.words import alike


class UsageError(Exception):
    """The command line cannot be understood; the message says which word, and the nearest valid one."""


def split(
    arguments: Sequence[str], names: Sequence[str], repeated: frozenset[str], flags: frozenset[str] = frozenset()
) -> tuple[list[str], dict[str, list[str]]]:
    """(paths, option -> its values). flags: those of the names that take no value; given, theirs is "yes".

    Raises UsageError for an unknown option, a missing value, a second value.
    """
    paths: list[str] = []
    given: dict[str, list[str]] = {}
    words = iter(arguments)
    for word in words:
        if word == "--":
            paths.extend(words)
        elif not word.startswith("--") or word == "-":
            if word.startswith("-") and word != "-":
                raise UsageError(f"no option {word!r}; {nearest(word, names)}")
            paths.append(word)
        else:
            name, equals, value = word.partition("=")
            if name not in names:
                raise UsageError(f"no option {name!r}; {nearest(name, names)}")
            if name in flags:
                if equals:
                    raise UsageError(f"{name} takes no value")
                value = "yes"
            elif not equals:
                following = next(words, None)
                if following is None:
                    raise UsageError(f"{name} needs a value")
                value = following
            if name in given and name not in repeated:
                raise UsageError(f"{name} stands twice")
            given.setdefault(name, []).append(value)
    return paths, given


def nearest(word: str, valid: Sequence[str]) -> str:
    """The hint for a mistyped word."""
    close = alike(word, valid, 0.0)
    return f"did you mean {close!r}?" if close else "there is none"
