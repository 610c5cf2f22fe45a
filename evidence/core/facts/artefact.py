"""One file after intake, and all of them together."""

from __future__ import annotations

from datetime import datetime

from seal_advisor.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    FactsT = TypeVar("FactsT")


class Redaction(Record):
    """One secret that was removed. what: its name or shape ("seal.pkcs11.pin", "shape:vault_token"), not its value."""

    line: int
    what: str


class Artefact(Record):
    """One uploaded file after intake: redacted content, its facts, and what the collector said about it.

    name: base name as given. sha256, size: of the ORIGINAL bytes. content: the REDACTED bytes, the only ones kept.
    kind: a parser's KIND, "document", "opaque", or "refused" (then `error` says why and content is empty).
    node: the Vault node it comes from, as declared. observed_from, observed_to: the period it speaks of (aware, UTC).
    spooled: the redacted bytes went to the caller's sink (a log too large for memory); content is empty then.
    folder: the folder it lay in, where a whole folder was handed in; None else.
    within: (name, SHA-256) of each archive around it, outermost first; its name is "ARCHIVE!member" then.
    """

    name: str
    sha256: str
    size: int
    kind: str
    content: bytes = b""
    facts: object | None = None
    redactions: tuple[Redaction, ...] = ()
    error: str = ""
    node: str | None = None
    observed_from: datetime | None = None
    observed_to: datetime | None = None
    received_at: datetime | None = None
    source: str = ""
    spooled: bool = False
    folder: str | None = None
    within: tuple[tuple[str, str], ...] = ()


class Evidence(Record):
    """All artefacts that are judged together. read: the same with a node's files as one (carriers.folder), or ()."""

    artefacts: tuple[Artefact, ...]
    read: tuple[Artefact, ...] = ()

    def of(self, facts_class: type[FactsT]) -> tuple[tuple[Artefact, FactsT], ...]:
        """Every artefact whose facts are of this class, with them, in the order of upload."""
        return tuple((a, a.facts) for a in self.read or self.artefacts if isinstance(a.facts, facts_class))
