"""A file of environment variables for the server (`EnvironmentFile=` of its unit, or the output of `env`): names only.

A variable beats the configuration file, so its name is evidence; every value is removed before this reader sees it.
"""

from __future__ import annotations

from evidence.core.carriers.environment import ASSIGNMENT, SERVER_VARIABLES
from evidence.core.facts import Declared, EnvironmentFacts
from seal_advisor.core.regex import regex

KIND = EnvironmentFacts.KIND
TITLE = "environment file of a server"
FORM = "environment"

_PRODUCT = regex(r"(?:VAULT|BAO)_[A-Z0-9_]{1,64}\Z")


def matches(head: str) -> bool:
    """Whether every line that says something sets a variable, and one of them is the server's."""
    names = []
    for line in head.splitlines()[:2000]:
        if line.strip() and not line.lstrip().startswith(("#", ";")):
            match = ASSIGNMENT.match(line)
            if match is None:
                return False
            names.append(match.group(1))
    return any(_PRODUCT.match(name) or name in SERVER_VARIABLES for name in names)


def parse(text: str, declared: Declared) -> EnvironmentFacts:
    """The variables in file order; a name that is set twice counts where it is set last."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = ASSIGNMENT.match(line)
        if match:
            found.pop(match.group(1), None)
            found[match.group(1)] = number
    return EnvironmentFacts(tuple(found.items()))
