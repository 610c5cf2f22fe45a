"""The frameworks that a design can name. Who holds controls against them says which there are, once somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Titles = Mapping[str, str]
_readers: list[Callable[[], Titles]] = []


def register(read: Callable[[], Titles]) -> None:
    """read: gives framework id -> title. It is called when a design names a framework, not at every start."""
    _readers.append(read)


def titles() -> Titles:
    """Every known framework, in the order of its readers. ValueError for an id that is there twice."""
    found: dict[str, str] = {}
    for read in _readers:
        for name, title in read().items():
            if name in found:
                raise ValueError(f"two frameworks have the id {name!r}")
            found[name] = title
    return found
