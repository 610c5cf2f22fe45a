"""The decision in one sentence: the same words on the page, in the PDF, in the record and in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

# The decision as an instruction; an option of a later ruleset that has none is named by its title.
INSTRUCTIONS = {
    "pkcs11": "Keep the seal key in an HSM and let {server} unseal over PKCS#11.",
    "cloud_kms": "Let the cloud’s key service hold the seal key and unseal {server}.",
    "shamir": "Let people unseal {server} with Shamir key shares.",
    "transit": "Let a second {server} hold the seal key and unseal this one.",
    "multi_seal": "Protect the root key with several seals at once.",
    "kmip": "Keep the seal key in the KMIP key manager.",
    "static": "Give the server a static seal key from its orchestrator.",
}


def sentence(
    status: str, recommended: Sequence[str], *, possible: Sequence[str], titles: Mapping[str, str], platform: str | None
) -> str:
    """The sentence for a result.

    possible: the options to name while nothing is decided. titles: option id -> title. platform: the answer to that
    question, None while it is open.

    >>> sentence("tie", ["a", "b"], possible=[], titles={"a": "A", "b": "B"}, platform=None)
    'Equally good: A and B.'
    >>> sentence("recommended", ["shamir"], possible=[], titles={}, platform="openbao_2_7")
    'Let people unseal OpenBao with Shamir key shares.'
    """
    names = [titles.get(option, option) for option in recommended]
    if status == "recommended":
        server = "OpenBao" if (platform or "").startswith("openbao") else "Vault"
        return INSTRUCTIONS.get(recommended[0], f"Recommended: {names[0]}.").format(server=server)
    if status == "tie":
        return f"Equally good: {_listed(names, 'and')}."
    if status == "none":
        return "No option satisfies these answers."
    if possible:
        return f"Not decided yet: {_listed([titles.get(option, option) for option in possible], 'or')}."
    return "Not decided yet: more answers are needed."


def of_document(decision: Mapping[str, Any], titles: Mapping[str, str] | None = None) -> str:
    """The sentence of a document of `decide --format json`. titles: where the document itself has none."""
    options = decision["options"]
    return sentence(
        decision["status"],
        decision["recommended"],
        possible=[one["id"] for one in options if one.get("headline") and one["state"] != "excluded"],
        titles=titles or {one["id"]: one.get("title", one["id"]) for one in options},
        platform=decision.get("answers", {}).get("answers", {}).get("platform"),
    )


def _listed(names: Sequence[str], last: str) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"
