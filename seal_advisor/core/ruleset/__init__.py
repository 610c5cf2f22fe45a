"""The rules as data: what is asked, what may be chosen, what excludes what, and where each fact was read.

The TOML files beside this one are the present ruleset; `released/VERSION/` holds a frozen copy of each released one, so
that a stored decision can be evaluated again to the same bytes. This module only hands out text: parsing and every
check belong to `seal_advisor.core.rules.load`.

    questions.toml    [ruleset] version; [question.ID] in the order of the page
    options.toml      [option.ID] the seven seals; headline = true for the three that the result names first
    settings.toml     [setting.ID] thresholds that are ours, each with the reason for its value
    sources.toml      [source.ID] title, address, date read
    rules_TOPIC.toml  [rule.Rnnn]

What the rules say beyond the plain box (conditions joined by AND, a list = any of):

- a refinement question may carry `absent = "VALUE"`: unanswered, it counts as that value (a KMIP server exists only if
  an answer says so);
- `when` may be missing: the rule then holds for its options whatever is answered;
- `outcome = "none"` or `"tie"` in place of `when`: the rule speaks about the result, not about an answer;
- `follows = "Rnnn"`: the exclusion never decides alone, because that rule excludes at least as much; it stands for the
  second reason that it gives;
- kind "version" compares dotted numbers (`{at_least = "1.20.0", below = "1.20.13"}`); durations may have a fraction of
  a second (`PT0.02S`).
"""

from __future__ import annotations

import os

_HERE = os.path.dirname(__file__)


def current() -> dict[str, str]:
    """The present ruleset: file name -> TOML text, in the order of the names."""
    return _texts(_HERE)


def released(version: str) -> dict[str, str]:
    """The frozen copy of a released ruleset, in the shape of `current`.

    Raises LookupError, naming the versions that exist, for any other version.
    """
    known = releases()
    if version not in known:
        raise LookupError(f"no released ruleset {version!r}; there are: {', '.join(known) or 'none'}")
    return _texts(os.path.join(_HERE, "released", version))


def releases() -> tuple[str, ...]:
    """The versions that have a frozen copy, oldest first (`2026.9.0` before `2026.11.0`)."""
    folder = os.path.join(_HERE, "released")
    names = [name for name in os.listdir(folder) if os.path.isdir(os.path.join(folder, name))]
    return tuple(sorted(names, key=lambda name: tuple(int(part) for part in name.split("."))))


def _texts(folder: str) -> dict[str, str]:
    texts = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith(".toml"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                texts[name] = file.read()
    return texts
