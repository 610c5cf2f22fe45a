"""SoftHSM 2 in syslog: a debug log of a software token. It shows neither logins nor the use of a key.

SOURCE: SoftHSM 2.6.1 (capture); https://github.com/softhsm/SoftHSMv2
"""

from __future__ import annotations

from evidence.core.facts import Declared, KeyStoreLogFacts
from seal_advisor.core.regex import regex

KIND = KeyStoreLogFacts.KIND
TITLE = "SoftHSM 2 debug log"
FORM = "text"

_SOURCES = (
    "Configuration|ObjectFile|OSToken|SoftHSM|SlotManager|Token|ObjectStore|SecureDataManager|Directory|File|Slot"
    "|MutexFactory|HandleManager|SessionManager|SimpleConfigLoader|P11Objects|P11Attributes|OSSL[A-Za-z0-9]{0,40}"
)
_LINE = regex(
    r"(?m)^(?:<\d{1,3}>)?[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} .{0,120}?: "
    rf"(?:{_SOURCES})\.cpp\(\d{{1,6}}\): "
)


def matches(head: str) -> bool:
    return bool(_LINE.search(head))


def parse(text: str, declared: Declared) -> KeyStoreLogFacts:
    """Counts only: the lines have no year and no zone, so they stand at no moment."""
    records = sum(1 for _ in _LINE.finditer(text))
    return KeyStoreLogFacts(
        format="softhsm2_syslog",
        records=records,
        first=None,
        last=None,
        counts={},
        gaps=(),
        numbered=False,
        integrity="not_checkable",
        integrity_reason="SoftHSM writes a debug log, not an audit log",
        software=True,
        inconclusive="the debug log of a software token shows neither logins nor the use of a key",
    )
