"""From HTML to an unsigned PDF/A-3a: tagged, reproducible, with its attachments, and nothing fetched from anywhere.

Rendering costs about 4 MB of memory a page; the shell calls it in a limited process (`evidence/rendering.py`).
SOURCES: ISO 19005-3 (PDF/A-3), ISO 14289-1 (PDF/UA-1), WeasyPrint's documentation of `write_pdf`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import Any

import pikepdf
import weasyprint
from weasyprint.logger import LOGGER
from weasyprint.urls import URLFetcher

from evidence.core import glyphs, pdf_tags
from seal_advisor.core.record import Record

SIGNATURE_FIELD = "Signature"
MAX_ATTACHED = 20 * 1024 * 1024
# PDF/UA-1's mark and its description as a PDF/A extension schema; both stand inside the one rdf:RDF element.
PDFUA = b"""<rdf:Description xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" rdf:about="">\
<pdfuaid:part>1</pdfuaid:part>\
</rdf:Description><rdf:Description xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" \
xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#" rdf:about="">\
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">\
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema\
</pdfaSchema:schema><pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI><pdfaSchema:prefix>pdfuaid\
</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>\
<rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name>\
<pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal</pdfaProperty:category>\
<pdfaProperty:description>Indicates, which part of ISO 14289 standard is followed\
</pdfaProperty:description></rdf:li></rdf:Seq>\
</pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"""


class NothingFromOutside(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
    """Allows `data:` and nothing else, whatever an artefact's text smuggled into the page."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols={"data"}, allow_redirects=False)

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
        if not url.startswith("data:"):
            raise ValueError(f"the report fetches nothing: {url[:80]}")
        return super().fetch(url, headers)


class TooMuchAttached(ValueError):
    """More than 20 MiB would be embedded; large evidence belongs in the archive, not in the PDF."""


class Attached(Record):
    """A file inside the PDF. name: as a reader shows it."""

    name: str
    data: bytes
    description: str


class Rendered(Record):
    pdf: bytes
    pages: int


def render(html: str, attached: Sequence[Attached], *, now: datetime) -> Rendered:
    """The unsigned report. The same input gives the same bytes with the same fonts. Raises TooMuchAttached.

    Characters that no font has are printed by their numbers: which they are is known when the page is drawn, so that
    such a page, and no other, is drawn twice.
    """
    total = sum(len(one.data) for one in attached)
    if total > MAX_ATTACHED:
        raise TooMuchAttached(f"{total} bytes to embed, at most {MAX_ATTACHED}")
    with _missing_glyphs() as missing:
        raw, pages = _drawn(glyphs.noted(html), attached, now)
        if missing:
            raw, pages = _drawn(glyphs.noted(glyphs.without(html, missing)), attached, now)
    return Rendered(_rewritten(raw), pages)


def _drawn(html: str, attached: Sequence[Attached], now: datetime) -> tuple[bytes, int]:
    fetcher = NothingFromOutside()
    files = [
        weasyprint.Attachment(
            file_obj=BytesIO(one.data),
            name=one.name,
            description=one.description,
            created=now,
            modified=now,
            relationship="Data",
            url_fetcher=fetcher,
        )
        for one in attached
    ]
    document = weasyprint.HTML(string=html, url_fetcher=fetcher, base_url=None).render(
        pdf_variant="pdf/a-3a", pdf_tags=True
    )
    document.metadata.generate_rdf_metadata = _with_pdfua(document.metadata.generate_rdf_metadata)
    identifier = sha256(html.encode() + b"".join(one.data for one in attached)).hexdigest()[:32].encode()
    raw: bytes = document.write_pdf(pdf_variant="pdf/a-3a", pdf_tags=True, pdf_identifier=identifier, attachments=files)
    return raw, len(document.pages)


@contextmanager
def _missing_glyphs() -> Iterator[set[str]]:
    """The characters that WeasyPrint had to draw as empty boxes; it tells its log and nobody else."""
    found: set[str] = set()

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if str(record.msg).startswith(".notdef") and isinstance(record.args, tuple):
                found.add(str(record.args[0]))

    handler = Listening()
    LOGGER.addHandler(handler)
    try:
        yield found
    finally:
        LOGGER.removeHandler(handler)


def _with_pdfua(original: Callable[..., bytes]) -> Callable[..., bytes]:
    def generate(*arguments: Any, **named: Any) -> bytes:
        return original(*arguments, **named).replace(b"</rdf:RDF>", PDFUA + b"</rdf:RDF>")

    return generate


def _rewritten(raw: bytes) -> bytes:
    """Spreads the objects over several object streams, with the tags mended.

    WeasyPrint puts all objects into one stream, and pyHanko's difference analysis then takes half a minute of CPU on an
    18-page tagged report; after the rewrite it takes two seconds.
    """
    out = BytesIO()
    with pikepdf.open(BytesIO(raw)) as document:
        pdf_tags.mend(document)
        pdf_tags.add_signature_field(document, SIGNATURE_FIELD)
        document.save(
            out,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            fix_metadata_version=False,
            deterministic_id=True,
        )
    return out.getvalue()
