"""The frameworks that a design can name. Who holds controls against them says which there are, when it is loaded."""

from __future__ import annotations

from collections.abc import Mapping

_titles: dict[str, str] = {}


def register(titles: Mapping[str, str]) -> None:
    """Framework id -> title. An id that is there already with another title is an error."""
    for name, title in titles.items():
        if _titles.setdefault(name, title) != title:
            raise ValueError(f"two frameworks have the id {name!r}")


def titles() -> Mapping[str, str]:
    """Every known framework, in the order in which they were registered."""
    return dict(_titles)
