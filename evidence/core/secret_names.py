"""Which names say that their value is a secret. One predicate for every format.

A name is certain (a documented parameter, such as `pin` or `client_secret`), likely (it matches the general pattern),
or no secret at all (`key_label`, `token_type`). SOURCE: the seals' own parameters (`seal_advisor.core.seals`) and the
storage, telemetry and tool parameters of Vault and OpenBao; the pattern is ours and errs on the safe side.
"""

from __future__ import annotations

import re
from functools import lru_cache

from seal_advisor.core.regex import regex
from seal_advisor.core.seals import secret_parameters

CERTAIN, LIKELY, HARMLESS = "certain", "likely", ""

CERTAIN_NAMES = frozenset(
    str.split("""
    pin so_pin user_pin hsm_pin old_pin new_pin userpin sopin token password passwd passphrase pwd secret
    secrets secret_key access_key access_key_id aws_access_key_id secret_access_key aws_secret_access_key
    session_token security_token client_secret current_key previous_key client_key credentials connection_url
    root_token initial_root_token unseal_keys unseal_keys_b64 unseal_keys_hex unseal_key recovery_key
    recovery_keys recovery_keys_b64 recovery_keys_hex recovery_keys_base64 keys_base64 keys_b64 account_key
    leader_client_key license client_token accessor token_accessor client_token_accessor wrapping_token
    secret_id private_key api_token circonus_api_token authorization cookie set_cookie certificate_password
    connection_string sas_token master_key refresh_token id_token access_token auth_token bearer_token
    service_account_key encoded_token encoded_root_token otp nonce_otp x_vault_token x_bao_token shared_key
    pre_shared_key psk encryption_key wrapping_key_material key_material plaintext bind_password bindpass
    webhook_secret vault_token bao_token consul_http_token circonus_submission_url
    """)
).union(*secret_parameters().values())
# Configuration blocks whose user name is worth hiding too.
_STORAGE_NAMES = frozenset({"username", "user", "connection_url"})
_HARMLESS = frozenset(
    str.split("""
    key_label hmac_key_label default_key_label default_hmac_key_label tls_key_file kms_key_id crypto_key
    key_name key_ring generate_key token_label token_type token_policies token_ttl token_max_ttl
    token_explicit_max_ttl token_period token_num_uses token_issue_time token_no_default_policy
    token_bound_cidrs token_display_name public_key public_keys ephemeral_key foreign_key primary_key host_key
    sort_key partition_key key token_flags disable_ssct_tokens mount_accessor tls_extended_master_secret
    hpkp_pin no_token token_state token_model token_manufacturer secret_shares secret_threshold pinned pinning
    pin_initialized private_ip private_ip_address private_dns private_dns_name private_endpoint private_network
    private_link tls_session_ticket rsa_public_key idempotency_key cache_key secret_type secret_name token_name
    tokens_revoked tls_client_auth_credentials key_id hmac_key_id certificate_public_key private_key_usage
    subject_public_key
    """)
)
_HARMLESS_ENDINGS = (
    "_id", "_label", "_name", "_type", "_ttl", "_policies", "_time", "_count", "_size", "_bits", "_length",
    "_algorithm",
    "_version", "_file", "_path", "_enabled", "_disabled", "_shares", "_threshold", "_format", "_period", "_url_env",
    "_uri", "_arn", "_mode", "_status", "_state", "_class", "_cidrs", "_role", "_namespace", "_prefix", "_policy",
    "_window_start", "_provider", "_providers",
)  # fmt: skip
_PATTERN = regex(r"secret|token|passw|credential|private|_key$|pin$|(?:^|_)pin(?:_|\d|$)")
_PIN_WORDS = regex(r"(?:pping|ping|oping|spin|upin)$")
_CAMEL = regex(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATORS = regex(r"[\s\-./:]+")
KEYWORDS = (
    "secret|token|passw|passphrase|pwd|pin|credential|private|key|license|connection|authorization|cookie|accessor|otp"
    "|psk|plaintext|bindpass"
)


def normal(name: str) -> str:
    """`clientSecret`, `Client-Secret` and `CLIENT_SECRET` are one name: client_secret."""
    return _SEPARATORS.sub("_", _CAMEL.sub("_", name)).lower().strip("_")


@lru_cache(maxsize=4096)
def judge(name: str, block: str = "") -> str:
    """CERTAIN, LIKELY or HARMLESS for one name. block: kind of the configuration block around it, "" elsewhere."""
    word = normal(name)
    if covers_all_below(name) or (block == "storage" and word in _STORAGE_NAMES):
        return CERTAIN
    if word in _HARMLESS or _PIN_WORDS.search(word):
        return HARMLESS
    # HSM_PIN, VAULT_TRANSIT_SEAL_TOKEN, NAME_OF_PROXY_PASSWORD: the last words are a certain name.
    parts = word.split("_")
    endings = ("_".join(parts[-count:]) for count in (1, 2, 3) if count < len(parts))
    if parts[-1] != "key" and not CERTAIN_NAMES.isdisjoint(endings):
        return CERTAIN
    if word.endswith(_HARMLESS_ENDINGS):
        return HARMLESS
    return LIKELY if _PATTERN.search(word) else HARMLESS


def covers_all_below(name: str) -> bool:
    """Whether everything inside an object or list of this name is secret: documented names only, not the pattern."""
    word = normal(name)
    return word in CERTAIN_NAMES or word.removesuffix("s") in CERTAIN_NAMES


# A reference, a keyed hash, or removed already; then what its owner masked, and the words for nothing.
_REFERENCES = ("env://", "file:/", "hmac-sha256:", "[redacted:")
_KEPT = regex(
    r"""(?:\W*(?:redacted|sensitive|hidden|masked|removed|omitted)\W*|[*x]{3,}|•{3,}|<[a-z_ -]{1,40}>)\Z
      | (?:null|none|nil|true|false|n/a|undefined|yes|no|enabled|disabled|-+)?\Z""",
    re.VERBOSE,
)
_PATH = regex(r"(?:\.{0,2}/|[A-Za-z]:\\)[\w.+@\-/\\]{2,}\Z")
_MAY_BE_PATH = ("credentials", "client_key", "private_key", "service_account_key", "license", "shared_key")


def is_kept(name: str, value: str) -> bool:
    """Whether a value under a secret's name is no secret: a reference, a mask, a word for nothing, a path to a key."""
    lower = value.lower()
    if lower.startswith(_REFERENCES) or _KEPT.match(lower):
        return True
    word = normal(name)
    return bool(word.endswith(_MAY_BE_PATH) and _PATH.match(value))
