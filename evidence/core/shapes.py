"""What a secret looks like, whatever it is called: tokens, keys, passwords in addresses.

Every pattern is linear: bounded or possessive quantifiers only. The group that matched is the secret; without a group
the whole match is. SOURCE: the tools' own output (OpenBao 2.7.2, OpenSSL 3.0, OpenSC 0.23) and the services' published
key forms.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Sequence

from seal_advisor.core.regex import regex

# A secret on a command line: --pin 1234, -token=..., --so-pin "..."
_OPTION = r"(?i)(?<![\w-])--?(?:\w{1,20}-){0,3}(?:pin|passw(?:or)?d|passphrase|token|secret(?:-key)?|access-key)"
_SPOKEN = r"(?i)\b(?:pin|password|passphrase|passwd|token|secret)[ \t]{1,4}(?:is|was)[ \t]{1,4}"
_WITH_DIGIT = r"((?=[^\s\"'`,;]{0,40}\d)[^\s\"'`,;]{4,})"
# `authorization: [` opens a list, whose items are judged by their key.
_AUTHORIZATION = (
    r"(?i)\bauthorization\\{0,4}[\"']?[ \t]{0,8}[:=][ \t]{0,8}\\{0,4}[\"']?(?![\[{])"
    r"([^\s\"'\\]++(?: [^\s\"'\\,;]++)?)"
)
SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, regex(pattern, re.MULTILINE))
    for name, pattern in (
        (
            "vault_token",
            r"(?<![A-Za-z0-9])hv[sbr]\.[A-Za-z0-9_\-]{20,}+|(?<![\w.-])[sbr]\.[A-Za-z0-9]{24,}+(?:\.[A-Za-z0-9]{1,10})?",
        ),
        ("root_token", r"(?i)\broot token:[ \t]{0,16}(\S++)"),
        ("unseal_key", r"(?i)\b(?:unseal|recovery) key(?: \d{1,3})?(?: \([^)\n]{0,40}\))?:[ \t]{0,16}(\S++)"),
        ("key_share", r"^Key \d{1,3}:[ \t]{1,16}([A-Za-z0-9+/]{40,}+={0,2})"),
        ("generate_root", r"^(?:Encoded Token|Encoded Root Token|OTP|Root Token)[ \t]{2,}+(\S++)"),
        ("aws_access_key_id", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
        ("jwt", r"\beyJ[A-Za-z0-9_\-]{8,}+\.eyJ[A-Za-z0-9_\-]{8,}+\.[A-Za-z0-9_\-]*+"),
        ("url_password", r"://([^/\s:@\"'\\]{0,128}+:[^\s@\"'\\/]{1,256}+)@"),
        ("authorization", _AUTHORIZATION),
        ("bearer", r"(?i)\bbearer[ \t]{1,4}([A-Za-z0-9._~+/=\-]{16,}+)"),
        ("s_client_master_key", r"\bMaster-Key:[ \t]*+([0-9A-Fa-f]++)"),
        ("s_client_psk", r"\b(?:Resumption PSK|PSK identity(?: hint)?):[ \t]*+(?!None\b)(\S++)"),
        ("s_client_session", r"\bSession-ID(?:-ctx)?:[ \t]{0,8}([0-9A-Fa-f]{8,}+)"),
        ("s_client_ticket", r"^[ \t]{2,8}[0-9a-f]{4} - ((?:[0-9a-f]{2}[ \-]){1,16}.{0,24})$"),
        (
            "tls_key_log",
            r"\b(?:CLIENT_RANDOM|[A-Z_]{4,40}_SECRET(?:_0)?|EXPORTER_SECRET) ([0-9a-fA-F]{64} [0-9a-fA-F]{64,}+)",
        ),
        ("pkcs11_value", r"^[ \t]*+VALUE:[ \t]++([0-9a-fA-F]{16,}+)"),
        ("curl_user", r"(?<![\w-])(?:-u|--user)[ =][\"']?[^\s:\"']{1,64}:([^\s\"']{1,256}+)"),
        ("spoken", rf"{_SPOKEN}[\"'`]?{_WITH_DIGIT}"),
        ("github_token", r"\bgh[pousr]_[A-Za-z0-9]{36,}+"),
        ("gitlab_token", r"\bglpat-[A-Za-z0-9_\-]{20,}+"),
        ("slack_token", r"\bxox[abeprs]-[A-Za-z0-9\-]{10,}+"),
        ("google_api_key", r"\bAIza[0-9A-Za-z_\-]{35}"),
        ("azure_key", r"(?i)\b(?:AccountKey|SharedAccessKey|sig)=([A-Za-z0-9+/%]{20,}+={0,2})"),
        ("csadm_logon", r"(?i)\bLogonPass=[^\s,]{1,64},(?!ask\s)(\S{1,256}+)"),
        ("option", rf"{_OPTION}(?:=|[ \t]{{1,4}})(?!-)(?:\"([^\"\n]++)\"|'([^'\n]++)'|([^\s\"']++))"),
    )
)  # fmt: skip

PRIVATE_KEY = regex(
    r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d"
    r"|AGE-SECRET-KEY-1[0-9A-Z]{20}"
)
# A JSON text may write any letter as an escape; only those who hide something write letters so.
_ESCAPED = regex(r"\\u00([2-7][0-9a-fA-F])")
_JWK_PRIVATE = regex(r"\"d\"\s{0,8}:\s{0,8}\"[A-Za-z0-9_\-]{40,}+\"")
PRIVATE_KEYS = (PRIVATE_KEY, _JWK_PRIVATE)
_AWS_SECRET = regex(r"(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_HEX = regex(r"[0-9a-fA-F]{40}\Z")
_RUN = regex(r"[A-Za-z0-9+/_\-]{16,}+={0,2}")
_WHOLE_LINE = regex(r"[ \t]*+(?:#|//)?[ \t]*+([A-Za-z0-9+/_\-]{16,}+={0,2})[ \t\r]*+\Z")


# In lower case, one of which stands in everything that the pattern finds in ASCII.
NEEDLES: dict[str, tuple[str, ...]] = {
    "vault_token": ("s.", "b.", "r."), "root_token": ("root token:",), "unseal_key": ("unseal key", "recovery key"),
    "key_share": tuple(f"key {digit}" for digit in range(10)),
    "generate_root": ("token  ", "token\t", "token \t", "otp  ", "otp\t", "otp \t"),
    "aws_access_key_id": ("akia", "asia"), "jwt": ("eyj",), "url_password": ("@",),
    "authorization": ("authorization",), "bearer": ("bearer",),
    "s_client_master_key": ("master-key:",), "s_client_psk": ("psk",), "s_client_session": ("session-id",),
    "s_client_ticket": (" - ",), "tls_key_log": ("client_random", "_secret"), "pkcs11_value": ("value:",),
    "curl_user": ("-u",), "spoken": ("is", "was"), "github_token": ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    "gitlab_token": ("glpat-",), "slack_token": ("xox",), "google_api_key": ("aiza",),
    "azure_key": ("accountkey=", "sharedaccesskey=", "sig="),
    "csadm_logon": ("logonpass=",), "option": ("-pin", "-pass", "-token", "-secret", "-access-key"),
}  # fmt: skip
_NEEDED = tuple((name, pattern, NEEDLES[name]) for name, pattern in SHAPES)


def spans(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, name) of everything in the text that has the shape of a secret."""
    lower = text.lower() if text.isascii() else ""
    for name, pattern, needles in _NEEDED:
        if lower and not any(needle in lower for needle in needles):
            continue
        for match in pattern.finditer(text):
            group = match.lastindex or 0
            yield match.start(group), match.end(group), name
            if name == "aws_access_key_id":
                yield from _aws_secret_after(text, match.end())


def _aws_secret_after(text: str, position: int) -> Iterator[tuple[int, int, str]]:
    match = _AWS_SECRET.search(text, position, position + 240)
    if match and not _HEX.match(match.group()):
        yield match.start(), match.end(), "aws_secret_access_key"


_SHARE_LIST = regex(r"\b(?:unseal|recovery)_keys_(?:b64|hex|base64)\b|\bkeys_base64\b")
_NEXT_SHARE = regex(r"[^A-Za-z0-9+/]{1,40}([A-Za-z0-9+/]{40,}+={0,2})")


def key_shares(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, name) of every share in a list of them, as `operator init -format=json` or yaml prints it.

    Such a list runs over several lines, and stands in logs where nobody reads the JSON as a whole.
    """
    if "_keys_" not in text and "keys_base64" not in text:
        return
    for match in _SHARE_LIST.finditer(text):
        share = _NEXT_SHARE.match(text, match.end())
        while share:
            yield *share.span(1), "key_share"
            share = _NEXT_SHARE.match(text, share.end())


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match.group(1), 16))


def has_private_key(text: str, regions: Sequence[tuple[int, int]] | None = None) -> int | None:
    """Offset of a private key in the text, plain or in base64; None when there is none.

    regions: the lines that are worth looking at; None = all of them.
    """
    if regions is not None and not regions:
        return None
    if any(word in text for word in ("PRIVATE KEY", "PuTTY-User-Key-File-", "AGE-SECRET-KEY-1")):
        match = PRIVATE_KEY.search(text)
        if match:
            return match.start()
    if '"kty"' in text:
        for match in _JWK_PRIVATE.finditer(text):
            if '"kty"' in text[max(0, match.start() - 4000) : match.end() + 4000]:
                return match.start()
    for begin, stop in [(0, len(text))] if regions is None else regions:
        part = text[begin:stop]
        if "\\u00" in part and PRIVATE_KEY.search(_ESCAPED.sub(_unescaped, part)):
            return begin + part.index("\\u00")
        for start, _, decoded in encoded(part):
            if PRIVATE_KEY.search(decoded):
                return begin + start
    return None


def encoded(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, decoded text) of every base64 run, and of every block of lines that are base64 throughout."""
    for match in _RUN.finditer(text):
        decoded = _decode(match.group())
        if decoded:
            yield match.start(), match.end(), decoded
    yield from _blocks(text)


def _blocks(text: str) -> Iterator[tuple[int, int, str]]:
    pieces: list[str] = []
    start = end = offset = 0
    for line in text.split("\n"):
        match = _WHOLE_LINE.match(line)
        if match:
            start = offset + match.start(1) if not pieces else start
            pieces.append(match.group(1))
            end = offset + match.end(1)
        elif pieces:
            if len(pieces) > 1:
                yield from _joined(pieces, start, end)
            pieces = []
        offset += len(line) + 1
    if len(pieces) > 1:
        yield from _joined(pieces, start, end)


def _joined(pieces: list[str], start: int, end: int) -> Iterator[tuple[int, int, str]]:
    decoded = _decode("".join(pieces))
    if decoded:
        yield start, end, decoded


def _decode(run: str) -> str:
    """The text in a base64 run (standard or URL alphabet); "" when it is no text."""
    body = run.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        data = binascii.a2b_base64(body + "=" * (-len(body) % 4))
    except (binascii.Error, ValueError):
        return ""
    head = data[:256]
    strange = len(head.translate(None, _PRINTABLE))
    return data.decode("latin-1") if strange <= 0.1 * len(head) else ""


_PRINTABLE = bytes((9, 10, 13, *range(32, 127)))
