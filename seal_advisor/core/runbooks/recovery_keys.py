"""The shares that people hold: what they can do, how they are drilled and renewed."""

from __future__ import annotations

from seal_advisor.core.design import Design
from seal_advisor.core.runbook import HOLDER, MASTER, OPERATOR, Runbook, Step, Text


def rekey(design: Design) -> Step:
    """New shares under new holders; OpenBao calls it rotate-keys."""
    shares, threshold = design.shares
    names = ",".join(f"holder-{number}.asc" for number in range(1, shares + 1))
    target = " -target=recovery" if design.automatic else ""
    verb = "rotate-keys" if design.product == "openbao" else "rekey"
    flags = f"-init -key-shares={shares} -key-threshold={threshold} -pgp-keys={names} -verify"
    why = "A leaver, a lost share or the yearly date (C-RK-03). The old shares work until the new ones are verified."
    if design.product == "openbao":
        why += (
            " Use OpenBao 2.5.2 or later with Shamir and 2.6.0 or later with recovery keys: before, this command "
            "could lose or misreport the shares. The older `operator rekey` uses addresses that listeners refuse by "
            "default."
        )
    return Step(
        "Renew the shares",
        f"{MASTER}, {threshold} holders",
        f"{design.program} operator {verb}{target} {flags}\n{design.program} operator {verb}{target}    # "
        f"{threshold} holders",
        "new encrypted shares, then a verification round in which the holders enter them",
        why,
    )


def _text(design: Design) -> Text:
    shares, threshold = design.shares
    if design.automatic:
        intro = (
            (
                f"{shares} recovery keys exist, {threshold} are needed. They authorise a new root token, renewed "
                "shares, "
                "a seal migration, and unsealing after an `operator seal`, all of it only while the seal key can be "
                "reached. They cannot decrypt anything: if the seal key is lost, so are the data and every snapshot."
            ),
        )
    else:
        intro = (f"{shares} unseal keys exist, {threshold} are needed, on every node after every start.",)
    steps = [
        Step(
            "Look at the scheme",
            OPERATOR,
            f"{design.program} status -format=json",
            f'`"n": {shares}`, `"t": {threshold}`' + (', `"recovery_seal": true`' if design.automatic else ""),
        ),
        Step(
            "Drill: every holder can still decrypt their share",
            f"every {HOLDER}",
            "base64 -d share.b64 | gpg --decrypt > /dev/null && echo ok",
            "`ok` from each holder. The share itself is seen by nobody else and written nowhere.",
            "A share that cannot be decrypted is a lost share.",
        ),
        Step(
            "Make a root token when there is no other way, and revoke it afterwards",
            f"{OPERATOR}, {threshold} holders",
            _generate_root(design),
            "an encrypted root token; after the work `token revoke -self` says `Success!`",
            "The audit log shows both; nobody keeps a root token (C-RK-04).",
        ),
        rekey(design),
    ]
    docs = (
        "https://openbao.org/docs/concepts/seal/",
        "https://openbao.org/docs/commands/operator/rotate-keys/",
    )
    if design.product == "vault":
        docs = (
            "https://developer.hashicorp.com/vault/docs/concepts/seal",
            "https://developer.hashicorp.com/vault/docs/commands/operator/rekey",
        )
    return Text(intro, tuple(steps), docs)


def _generate_root(design: Design) -> str:
    lines = [
        f"{design.program} operator generate-root -init -pgp-key=admin.asc",
        f"{design.program} operator generate-root    # each holder",
    ]
    if design.product == "openbao":
        lines.insert(
            0, "# listeners refuse the unauthenticated form by default (disable_unauthed_generate_root_endpoints)"
        )
    return "\n".join(lines)


RUNBOOK = Runbook("recovery_keys", "Key shares: drill and renewal", _text)
