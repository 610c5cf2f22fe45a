"""Static: OpenBao reads the seal key itself from a file or the environment. The key is the secret, in software."""

from __future__ import annotations

from seal_advisor.core.seal_kind import Parameter, SealKind

KEY_BYTES = 32

SEAL = SealKind(
    name="static",
    title="Static key file",
    option="static",
    parameters=(
        Parameter("current_key_id", required=True, environment=("BAO_STATIC_SEAL_CURRENT_KEY_ID",)),
        Parameter(
            "current_key",
            required=True,
            environment=("BAO_STATIC_SEAL_CURRENT_KEY",),
            secret=True,
            meaning="32 bytes: raw, hex or base64",
        ),
        Parameter("previous_key_id", environment=("BAO_STATIC_SEAL_PREVIOUS_KEY_ID",)),
        Parameter("previous_key", environment=("BAO_STATIC_SEAL_PREVIOUS_KEY",), secret=True),
    ),
    unknown_keys={"openbao": "ignored"},
    misspellings={"key": "current_key", "key_id": "current_key_id"},
    platforms={"openbao_2_6": "built in", "openbao_2_7": "built in"},
    start_checks=("the key file holds exactly 32 bytes and is readable by the service user alone",),
    sources=("https://openbao.org/docs/configuration/seal/static/",),
)
