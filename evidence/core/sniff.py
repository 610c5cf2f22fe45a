"""What a file is, by its content alone: magic numbers, the shape of JSON, the words of a server configuration.

All functions look at the first 64 KiB (`head`) and never raise.
"""

from __future__ import annotations

import re
from functools import lru_cache

from seal_advisor.core.regex import regex

HEAD = 64 * 1024

# Archives and programs are refused with their name; documents are kept as they are.
DOCUMENTS = (
    (b"%PDF-", "PDF"), (b"\x89PNG\r\n\x1a\n", "PNG image"), (b"\xff\xd8\xff", "JPEG image"), (b"GIF87a", "GIF image"),
    (b"GIF89a", "GIF image"), (b"II*\x00", "TIFF image"), (b"MM\x00*", "TIFF image"),
)  # fmt: skip
NEVER_READ = (
    (b"PK\x03\x04", "a zip archive or an office document"), (b"PK\x05\x06", "an empty zip archive"),
    (b"\x1f\x8b", "a gzip archive"), (b"BZh", "a bzip2 archive"), (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"), (b"Rar!\x1a\x07", "a rar archive"),
    (b"\x7fELF", "a program"), (b"MZ", "a Windows program"), (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"), (b"SQLite format 3\x00", "a SQLite database"),
    (b"\xd0\xcf\x11\xe0", "an office document"), (b"\x00asm", "a program"),
)  # fmt: skip
UTF16 = (b"\xff\xfe", b"\xfe\xff")
UTF8_BOM = b"\xef\xbb\xbf"

_CONFIG = regex(
    r'(?m)^[ \t]{0,64}"?(?:'
    r'(?:listener|storage|backend|ha_storage|ha_backend|seal|audit|plugin|kms_library)"?'
    r'(?:[ \t]{1,8}"?[\w\-]{1,64}"?(?:[ \t]{1,8}"?[^"\s{}]{1,128}"?)?)?\s{0,32}\{'
    r"|(?:api_addr|cluster_addr|disable_mlock|raw_storage_endpoint)[ \t]{0,32}=)"
)
_CONFIG_KEYS = frozenset(
    {"listener", "storage", "backend", "seal", "ha_storage", "telemetry", "api_addr", "cluster_addr", "disable_mlock"}
)
_KEY = regex(r'"((?:[^"\\]++|\\.)*)"\s{0,64}:')
_JSON_START = regex(r'\s*+(?:\{\s*+(?:["}]|\Z)|\[\s*+(?:[\[\]{"\d-]|true\b|false\b|null\b|\Z))')
_YAML_KEY = regex(r"[A-Za-z_][\w.\-]{0,80}:(?:\s|\Z)")
_STRING_OR_MARK = regex(r'"(?:[^"\\]++|\\.)*(?:"|\\?\Z)|[{}\[\]]', re.DOTALL)


def document(data: bytes) -> str:
    """ "PDF" or the image's name; "" for anything else."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP image"
    return next((name for magic, name in DOCUMENTS if data.startswith(magic)), "")


def archive(data: bytes) -> str:
    """ "gzip", "zip", "tar", or "" for anything else; 512 bytes suffice."""
    if data.startswith(b"\x1f\x8b"):
        return "gzip"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    return "tar" if data[257:262] == b"ustar" else ""


def never_read(data: bytes) -> str:
    """What kind of binary this is; "" when it may be text."""
    if data[257:262] == b"ustar":
        return "a tar archive"
    found = next((name for magic, name in NEVER_READ if data.startswith(magic)), "")
    return found or ("a binary file" if b"\x00" in data[:HEAD] else "")


def is_json(head: str) -> bool:
    """Whether the text starts as a JSON object or list does; an INI section such as [Service] does not."""
    return head.lstrip()[:1] in ("{", "[") and bool(_JSON_START.match(head))


def is_yaml(head: str) -> bool:
    """Whether the first line that says something is `key:`, which starts no configuration in HCL."""
    for line in head.splitlines()[:200]:
        if line.strip() and not line.lstrip().startswith("#") and not line.startswith("---"):
            return bool(_YAML_KEY.match(line))
    return False


@lru_cache(maxsize=8)
def top_keys(head: str) -> frozenset[str]:
    """Keys of the first JSON object at the top (the first item of a list counts); what stands in the head suffices."""
    depth, base = 0, 1
    keys: set[str] = set()
    start = head.lstrip()[:1]
    if start == "[":
        base = 2
    for match in _STRING_OR_MARK.finditer(head):
        piece = match.group()
        if piece in "{[":
            depth += 1
        elif piece in "}]":
            depth -= 1
            if depth < base and keys:
                break
        elif depth == base:
            key = _KEY.match(head, match.start())
            if key:
                keys.add(key.group(1))
    return frozenset(keys)


def is_json_lines(head: str) -> bool:
    """Whether the first two lines are one JSON object each (one line alone does not say)."""
    lines = [line for line in head.splitlines()[:8] if line.strip()]
    return len(lines) >= 2 and all(line.lstrip()[:1] == "{" and line.rstrip()[-1:] == "}" for line in lines[:2])


@lru_cache(maxsize=8)
def is_server_config(head: str) -> bool:
    """Whether this is a configuration of a Vault or OpenBao server, HCL or JSON (CONTRACT: content decides)."""
    if is_json(head):
        return head.lstrip()[0] == "{" and bool(top_keys(head) & _CONFIG_KEYS)
    return bool(_CONFIG.search(head))


def is_xml(head: str) -> bool:
    return head.lstrip()[:1] == "<" and bool(re.match(r"\s*<(?:\?xml|!|[A-Za-z])", head))
