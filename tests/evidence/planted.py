"""Files with planted secrets, one for every format that is read, and the ways in which a secret may be written."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path

from tests.archives import tarred, zipped
from tests.evidence.test_redaction import AWS_ID, AWS_KEY, CASES, JWT, LEGACY, PASSWORD, PIN, SECRETS, SHARE, TOKEN

SAMPLES = Path(__file__).resolve().parent.parent / "data/samples"
# Samples that hold real secrets of the machines on which they were taken, and what of them must not be seen again.
SAMPLED = {
    "runtime/dev.server-log-with-root-token.log": ["Root Token: s.", "Root Token: hvs."],
    "audit/bao-audit-file-LOG_RAW-secrets.jsonl": [],
    "hsm/softhsm-keygen-generic-EXTRACTABLE-VALUE.txt": [],
    "hsm/softhsm-pkcs11-tool-O.txt": ["566a9c"],
    "tls/loose.s_client-tls12.txt": ["Master-Key: 0", "Master-Key: 1"],
    "conf/pkcs11-softhsm.hcl": [],
    "conf/transit-seal.hcl": ["s.U8nQLJtL0MAEirkyBDikkNsm"],
}


def _json(value: object) -> str:
    return json.dumps(value, indent=1)


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


NEW: dict[str, str] = {
    "describe-key.json": _json(
        {"KeyMetadata": {"KeyId": "k", "KeyState": "Enabled", "Origin": "AWS_KMS", "Description": f"the pin is {PIN}"}}
    ),
    "azure-key.json": _json(
        {
            "attributes": {"enabled": True, "recoveryLevel": "Purgeable"},
            "key": {"kid": "https://v/keys/k", "kty": "oct-HSM", "d": None},
            "tags": {"client_secret": PASSWORD, "note": TOKEN},
        }
    ),
    "gcp-key.json": _json(
        {
            "name": "projects/p/locations/l/keyRings/r/cryptoKeys/k",
            "purpose": "ENCRYPT_DECRYPT",
            "primary": {"state": "ENABLED", "protectionLevel": "HSM"},
            "labels": {"password": PASSWORD},
        }
    ),
    "oci-key.json": _json(
        {"data": {"id": "ocid1.key.oc1..a", "protection-mode": "HSM", "freeform-tags": {"hsm_pin": PIN, "x": JWT}}}
    ),
    "key-policy.json": _json(
        {"Policy": json.dumps({"Statement": [{"Sid": TOKEN, "Effect": "Allow", "Principal": "*", "Action": "kms:*"}]})}
    ),
    "clusters.json": _json({"Clusters": [{"ClusterId": "cluster-a", "PreCoPassword": PASSWORD, "Hsms": []}]}),
    "ha-status.json": _json({"Nodes": [{"active_node": True, "hostname": TOKEN, "version": "1"}]}),
    "license.json": _json(
        {"license": JWT, "data": {"autoloaded": {"license_id": "1", "expiration_time": "", "features": [TOKEN]}}}
    ),
    "status.txt": (
        "Key             Value\n---             -----\nSeal Type       shamir\n"
        f"Sealed          false\nNote            {TOKEN}\n"
    ),
    "audit-list.txt": (
        "Path     Type      Description    Replication    Options\n"
        "----     ----      -----------    -----------    -------\n"
        f"s/       socket    n/a            local          address=tcp://u:{PASSWORD}@h token={TOKEN}\n"
    ),
    "peers.txt": (
        f"Node    Address    State    Voter\n----    -------    -----    -----\n{TOKEN}    a    leader    true\n"
    ),
    "files.txt": f"vault 400 17 /etc/vault.d/{TOKEN}\nvault 400 17 /etc/pin={PIN}\n",
    "sums.txt": f"{'ab' * 32}  /opt/{TOKEN}/lib.so\n",
    "swap.txt": f"NAME      TYPE SIZE USED PRIO\n/{TOKEN} file   2G   0B   -2\n",
    "chrony.txt": (
        f"Reference ID    : 1 (//u:{PASSWORD}@ntp)\nSystem time     : 0.1 seconds slow of NTP time\n"
        f"Leap status     : Normal\n# password: {PASSWORD}\n"
    ),
    "oci-audit.json": _json(
        [
            {
                "eventType": "com.oraclecloud.KeyManagementService.CreateKey",
                "data": {
                    "eventName": "CreateKey",
                    "request": {"headers": {"authorization": [f"Signature {JWT}"], "X-Vault-Token": [TOKEN]}},
                    "identity": {"credentials": PASSWORD},
                },
            }
        ]
    ),
    "dpod.json": _json(
        [{"source": "thales/cloudhsm/1", "action": "LUNA_LOGIN", "status": "OK", "meta": {"pin": PIN, "x": TOKEN}}]
    ),
    "luna.log": f"1 S/N 15 operation LUNA_LOGIN returned LUNA_RET_OK pin={PIN}\n2 LUNA_LOGOUT {TOKEN}\n",
    "nshield.log": f"CEF:0|nCipher Security|nShield|12|1|Login|3|msg=password\\={PASSWORD} token={TOKEN}\n" * 2,
    "utimaco.log": f"# csadm LogonPass=ADMIN,{PASSWORD} GetAuditLog --pin {PIN}\n2026-11-24T10:00:00Z token: {TOKEN}\n",
    "syslog.log": (
        f"<13>1 2026-11-24T10:00:00Z h app 1 - - Authorization: Bearer {JWT}\n"
        f"<13>1 2026-11-24T10:00:01Z h app 1 - - {_b64('client_secret=' + PASSWORD)}\n"
        f"<13>1 2026-11-24T10:00:02Z h app 1 - - aws {AWS_ID} {AWS_KEY}\n"
    ),
    "leef.log": f"LEEF:1.0|A|B|1|E|usrName=a\tpassword={PASSWORD}\n" * 2,
    "export.csv": f'user,hsm_pin,"api token",unseal_key\nbob,{PIN},{LEGACY},\nann,{PIN},"{PASSWORD}",{SHARE}\n',
    "letter.txt": f"Dear auditor,\nthe password is {PASSWORD} and the root token: {LEGACY}\nUnseal Key 1: {SHARE}\n",
    "heredoc.sh": f"cat <<EOF > /etc/pin\npin = {PIN}\n{_b64(f'token {TOKEN}')}\nEOF\n# export VAULT_TOKEN={TOKEN}\n",
    "inside.json": _json({"a": json.dumps({"b": json.dumps({"secret_key": AWS_KEY, "pin": PIN, "t": TOKEN})})}),
}


def files() -> dict[str, bytes]:
    """Name -> bytes of every planted file, and every one again: inside a zip, or gzipped inside a tar.gz."""
    plain = {name: text.encode() for name, text in {**CASES, **NEW}.items()}
    plain |= {name.rpartition("/")[2]: (SAMPLES / name).read_bytes() for name in SAMPLED}
    found = dict(plain)
    found |= {f"{name}.gz": gzip.compress(plain[name] + b"\n\n") for name in ("vault.hcl", "server.log", "export.csv")}
    names = sorted(plain)
    found["quarter.zip"] = zipped({f"q3/{name}": plain[name] + b"\n" for name in names[::2]})
    found["quarter.tar.gz"] = tarred({f"q4/{name}.gz": gzip.compress(plain[name] + b"\n") for name in names[1::2]})
    found[f"{TOKEN}.txt"] = b"nothing in it, but in its name\n"
    found["names.zip"] = zipped({f"{LEGACY}.txt": b"nothing", f"pin={PIN}.txt": b"in it"})
    return found


def spellings() -> list[bytes]:
    """Every planted secret as it may be written: plain, in base64, in JSON, in an address, in XML."""
    words = {word for needles in SAMPLED.values() for word in needles}
    for secret in SECRETS:
        words |= {secret, _b64(secret).rstrip("="), json.dumps(secret)[1:-1], secret.replace("&", "&amp;")}
        words.add(secret.replace("&", "%26").replace("/", "%2F"))
    return sorted(word.encode() for word in words)
