"""From YAML that carries a server's configuration to the same facts that the file itself would give."""

from __future__ import annotations

from evidence.core.carriers import yaml_tree
from evidence.core.carriers.embedded import Embedded, body_of, configurations, variables
from evidence.core.carriers.join import merged
from evidence.core.facts import ConfigFacts, Declared, Problem
from evidence.core.parsers.vault_config import facts_of
from evidence.core.refusal import Refused
from seal_advisor.core import hcl


def facts(text: str, declared: Declared, carrier: str) -> ConfigFacts:
    """The facts of the configuration in this carrier. text: redacted. Raises Refused, with a line of the outer file."""
    documents = yaml_tree.read(text)
    found = tuple(each for each in configurations(documents) if each.carrier == carrier)
    live = tuple(each for each in found if each.live)
    if not live:
        raise _none(carrier, found)
    parts = []
    for each in live:
        try:
            parts.append((each.where, body_of(text, each)))
        except hcl.HclError as error:
            raise Refused(f"{each.where}: {error.message}", error.remedy or "mend it", error.line) from None
    body, problems = merged(parts)
    problems += tuple(_not_used(each) for each in found if not each.live)
    names = {name: node.line for name, node in variables(documents)}
    where = f"{carrier}: {', '.join(each.where for each in live)}"
    return facts_of(body, declared, carrier=where, environment=tuple(names.items()), found=problems)


def _none(carrier: str, found: tuple[Embedded, ...]) -> Refused:
    if found:
        places = ", ".join(each.where for each in found)
        reason = f"{carrier} with a configuration at {places}, of which the chart's mode uses none or cannot be told"
        return Refused(reason, "set server.ha.enabled or server.standalone.enabled as deployed", found[0].node.line)
    return Refused(
        f"{carrier} without a server configuration that can be read", "hand in the configuration as a file", None
    )


def _not_used(each: Embedded) -> Problem:
    return Problem(
        "carrier_not_used",
        f"{each.where} is not used: the chart's mode takes another one",
        each.node.line,
        "ignored",
        "remove it, or enable its mode",
        "https://developer.hashicorp.com/vault/docs/platform/k8s/helm/configuration",
    )
