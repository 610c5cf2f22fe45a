"""From an empty cluster to one that is initialised, audited and without a root token."""

from __future__ import annotations

from seal_advisor.core.design import Design
from seal_advisor.core.runbook import HOLDER, MASTER, OPERATOR, Runbook, Step, Text


def config_file(design: Design) -> str:
    return f"{design.folder}/{'openbao' if design.product == 'openbao' else 'vault'}.hcl"


def _check(design: Design) -> Step:
    path = config_file(design)
    install = "" if path.endswith("/vault.hcl") else f"cp vault.hcl {path}; "
    if design.product == "openbao":
        command = f"bao operator validate-config -config={path}; echo $?"
        expect = "`success` and 0. 2 is a warning: read it; 1 is a failure."
    else:
        command = f"vault operator diagnose -config={path}; echo $?"
        expect = "0, or 2 with warnings that you can explain; 1 is a failure. Listener, storage and seal are green."
    return Step(
        "Place the files on every node and check them",
        OPERATOR,
        f"{install}chown -R {design.user}: {design.folder} {design.data}; chmod 0640 {path}; sha256sum "
        f"{path}\n{command}",
        expect,
        "No line marked REPLACE is left; node_id, addresses and retry_join differ on each node, nothing else does.",
    )


def _plugins(design: Design) -> list[Step]:
    """The seals that OpenBao 2.7 starts as programs of their own; `validate-config` does not look for them."""
    folder = f"{design.folder}/plugins"
    return [
        Step(
            f"Install the KMS plugin {seal} on every node",
            OPERATOR,
            f"install -d -m 0755 {folder}\ninstall -m 0755 openbao-plugin-kms-{seal} {folder}/\n"
            f"sha256sum {folder}/openbao-plugin-kms-{seal}",
            "the digest that the maker published and that stands as sha256sum in the plugin block",
            "Without the folder, the program or its digest the server does not start: `expand plugin directory`, "
            "`error while validating the command path`, `checksums did not match`. The folder must not be a link.",
        )
        for seal in design.plugins
    ]


def _init(design: Design) -> Step:
    shares, threshold = design.shares
    names = ",".join(f"holder-{number}.asc" for number in range(1, shares + 1))
    if design.automatic:
        flags = f"-recovery-shares={shares} -recovery-threshold={threshold} -recovery-pgp-keys={names}"
        what = "recovery keys"
    else:
        flags = f"-key-shares={shares} -key-threshold={threshold} -pgp-keys={names}"
        what = "unseal keys"
    return Step(
        "Initialise, on the first node only",
        f"{MASTER} and {OPERATOR}, every {HOLDER} present",
        f"{design.program} operator init {flags} -root-token-pgp-key=admin.asc",
        f"{shares} encrypted {what} and an encrypted root token. Hand each holder their own line, which they decrypt "
        "once to see that they can. Nothing of this output is stored or uploaded: Seal Advisor refuses it.",
        f"{what[0].upper()}{what[1:]} are shown this once and never again."
        + (" They do not decrypt data: without the seal key nothing does (R078, R079)." if design.automatic else ""),
    )


def _unseal(design: Design) -> Step:
    shares, threshold = design.shares
    if design.automatic:
        return Step(
            "See that it unsealed itself",
            OPERATOR,
            f"{design.program} status",
            f"`Seal Type {design.seals[0]}`, `Recovery Seal Type shamir`, `Sealed false`, `Total Recovery Shares "
            f"{shares}`, `Threshold {threshold}`. Keep `status -format=json` as evidence.",
        )
    return Step(
        "Unseal every node",
        f"{threshold} key holders, each on their own terminal",
        f"{design.program} operator unseal",
        f"`Unseal Progress` rises to {threshold}/{threshold}, then `Sealed false`. The key is typed at the prompt, "
        "never on the command line.",
    )


def _audit(design: Design) -> Step:
    if design.product == "openbao":
        return Step(
            "See the audit devices",
            OPERATOR,
            "bao audit list -detailed",
            "`to-file/` and `to-stdout/`. They come from the configuration; the API cannot add any.",
            "C-AU-01: two devices, one leaving the host.",
        )
    return Step(
        "Enable two audit devices",
        OPERATOR,
        f"vault audit enable file file_path=/var/log/{design.user}/audit.log\n"
        "vault audit enable -path=syslog syslog tag=vault facility=AUTH\nvault audit list -detailed",
        "`file/` and `syslog/`, both without log_raw",
        "Vault's audit devices are no part of vault.hcl. With one device alone, a full disk stops every request "
        "(C-AU-01).",
    )


def _text(design: Design) -> Text:
    service = design.user
    steps = [
        _check(design),
        *_plugins(design),
        Step(
            "Start the first node",
            OPERATOR,
            f"systemctl enable --now {service}; {design.program} operator init -status; echo $?",
            "`not initialized` and 2. Anything else: read `journalctl -u " + service + "` and do not initialise.",
        ),
        _init(design),
        _unseal(design),
        Step(
            "Start the other nodes" + ("" if design.automatic else " and unseal each"),
            OPERATOR,
            f"systemctl enable --now {service}\n{design.program} operator raft list-peers",
            "three peers, one leader, every one a voter",
            "C-DR-06: an odd number of voters over as many zones.",
        ),
        _audit(design),
        Step(
            "Prove the restart",
            OPERATOR,
            f"systemctl restart {service}; sleep 20; {design.program} status; echo $?",
            (
                "`Sealed false` and 0 with nobody touching it; note the time. The server log says `vault is unsealed`."
                if design.automatic
                else "`Sealed true` and 2 until the holders have come; note how long it took them."
            ),
            "C-ST-01 and the recovery time rest on this.",
        ),
        Step(
            "Revoke the root token",
            OPERATOR,
            f"{design.program} token revoke -self",
            "`Success! Revoked token`. From now on people sign in by an auth method.",
            "C-RK-04: a root token that lives on is a key to everything.",
        ),
    ]
    docs = ["https://openbao.org/docs/commands/operator/init/"]
    if design.product == "vault":
        docs = ["https://developer.hashicorp.com/vault/docs/commands/operator/init"]
    if design.plugins:
        docs.append("https://openbao.org/docs/configuration/plugins/")
    intro = ("The ceremony is done and every file it names is in place.",)
    return Text(intro, tuple(steps), tuple(docs))


RUNBOOK = Runbook("first_start", "First start", _text)
