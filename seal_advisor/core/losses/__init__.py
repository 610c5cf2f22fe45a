"""What can be lost, as data: one TOML file for each loss, and what the files share.

    NAME.toml       [loss] title, order, gone; [[case]] what it means for some options; [[apart]] why it cannot happen
                    to the others; each option stands in exactly one case or apart
    running.toml    [running.ID] what happens to the nodes that are unsealed at that moment
    recovery.toml   [recovery] what recovery keys can and cannot do
    sources.toml    [source.ID] title, address, date read; the sources of the ruleset may be named too

The folder is the list: adding a loss is adding ONE file. This module only hands out text (the code's own data);
`seal_advisor.core.blast_radius.load` parses and checks it.

A case holds `options`, `running` (an id), `restart` (yes, degraded, no) with `restart_text`, `data` (none,
until_recovered, for_ever) with `data_text`, `lasts`, `recover` (steps), `sources`; and where they apply `otherwise`
(data again) with `otherwise_when`, `recover_enterprise` (more steps on Vault Enterprise). `{bin}` stands for the
command: vault or bao.
"""

from __future__ import annotations

import os

_HERE = os.path.dirname(__file__)


def texts() -> dict[str, str]:
    """File name -> TOML text, in the order of the names."""
    found = {}
    for name in sorted(os.listdir(_HERE)):
        if name.endswith(".toml"):
            with open(os.path.join(_HERE, name), encoding="utf-8") as file:
                found[name] = file.read()
    return found
