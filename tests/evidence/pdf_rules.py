"""What a PDF/A-3a and PDF/UA-1 file must have, as far as a machine can see it: our own checks, by pikepdf alone.

`faults(pdf)` returns one line for each rule that is broken. It shares no code with what makes the file. It is no
validator of either standard: it covers the clauses that it names.
SOURCES: ISO 19005-2 and -3 (clauses 6.x, PDF/A), ISO 14289-1 (clauses 7.x, PDF/UA-1), ISO 32000-1.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf

STRUCTURE = {
    "Document", "Part", "Art", "Sect", "Div", "BlockQuote", "Caption", "TOC", "TOCI", "Index", "NonStruct", "Private",
    "P", "H", "H1", "H2", "H3", "H4", "H5", "H6", "L", "LI", "Lbl", "LBody", "Table", "TR", "TH", "TD", "THead",
    "TBody", "TFoot", "Span", "Quote", "Note", "Reference", "BibEntry", "Code", "Link", "Annot", "Ruby", "Warichu",
    "Figure", "Formula", "Form",
}  # fmt: skip
INSIDE = {
    "TR": {"Table", "THead", "TBody", "TFoot"},
    "TH": {"TR"},
    "TD": {"TR"},
    "THead": {"Table"},
    "TBody": {"Table"},
    "LI": {"L"},
    "LBody": {"LI"},
}
BLENDS = {
    "Normal", "Compatible", "Multiply", "Screen", "Overlay", "Darken", "Lighten", "ColorDodge", "ColorBurn",
    "HardLight", "SoftLight", "Difference", "Exclusion", "Hue", "Saturation", "Color", "Luminosity",
}  # fmt: skip
FORBIDDEN_ACTIONS = {
    "Launch", "Sound", "Movie", "ResetForm", "ImportData", "JavaScript", "Hide", "SetOCGState", "Rendition",
}  # fmt: skip
PAINTS = {"Tj", "TJ", "'", '"', "f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh", "Do", "EI"}


def faults(pdf: bytes) -> list[str]:
    with pikepdf.open(BytesIO(pdf)) as document:
        return [
            *_file(document, pdf),
            *_catalog(document),
            *_colour(document),
            *_fonts(document),
            *_structure(document),
            *_pages(document),
            *_embedded(document),
        ]


def name(value: Any) -> str:
    return str(value).lstrip("/") if value is not None else ""


def dictionaries(document: pikepdf.Pdf) -> Iterator[Any]:
    for one in document.objects:
        if isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
            yield one


def _file(document: pikepdf.Pdf, pdf: bytes) -> Iterator[str]:
    if not pdf.startswith(b"%PDF-1."):
        yield "6.1.2: the header is not %PDF-1.n"
    if document.is_encrypted:
        yield "6.1.3: the file is encrypted"
    if "/ID" not in document.trailer:
        yield "6.1.3: no file identifier"
    for one in dictionaries(document):
        if isinstance(one, pikepdf.Stream):
            filters = one.get("/Filter", [])
            used = {name(each) for each in (filters if isinstance(filters, pikepdf.Array) else [filters])}
            if used & {"LZWDecode", "Crypt"}:
                yield f"6.1.7: a stream is filtered by {used}"
            if "/F" in one:
                yield "6.1.7: a stream lies in another file"
        if name(one.get("/S")) in FORBIDDEN_ACTIONS and ("/JS" in one or name(one.get("/Type")) == "Action"):
            yield f"6.5.1: action {name(one.get('/S'))}"
        if "/AA" in one:
            yield "6.5.2: additional actions"


def _catalog(document: pikepdf.Pdf) -> Iterator[str]:
    root = document.Root
    with document.open_metadata() as xmp:
        said = {key: xmp.get(key) for key in ("pdfaid:part", "pdfaid:conformance", "dc:title", "xmp:CreateDate")}
        universal = xmp.get("{http://www.aiim.org/pdfua/ns/id/}part")
    if (said["pdfaid:part"], said["pdfaid:conformance"]) != ("3", "A"):
        yield f"6.6.4: the metadata say PDF/A-{said['pdfaid:part']}{said['pdfaid:conformance']}"
    if universal != "1":
        yield "7.1: the metadata do not say PDF/UA-1"
    if not said["dc:title"]:
        yield "7.1: no title in the metadata"
    if "/Filter" in root.Metadata:
        yield "6.6.2: the metadata are compressed"
    if not root.get("/MarkInfo", {}).get("/Marked", False):
        yield "6.7.2: not marked as tagged"
    if root.get("/MarkInfo", {}).get("/Suspects", False):
        yield "7.1: the tags are suspect"
    if not str(root.get("/Lang", "")):
        yield "6.7.4: no language"
    if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False):
        yield "7.1: a viewer shows the file's name, not its title"
    if "/Outlines" not in root or "/First" not in root.Outlines:
        yield "7.17: no bookmarks"
    if "/OCProperties" in root:
        yield "6.9: optional content"


def _colour(document: pikepdf.Pdf) -> Iterator[str]:
    intents = [one for one in document.Root.get("/OutputIntents", []) if name(one.get("/S")) == "GTS_PDFA1"]
    if len(intents) != 1 or "/DestOutputProfile" not in intents[0]:
        yield "6.2.3: not exactly one output intent with a profile"
        return
    if int(intents[0].DestOutputProfile.get("/N", 0)) != 3:
        yield "6.2.3: the output intent's profile has not three components"
    for one in dictionaries(document):
        if name(one.get("/Type")) == "ExtGState" or "/BM" in one:
            blend = one.get("/BM", pikepdf.Name.Normal)
            if name(blend) not in BLENDS:
                yield f"6.2.10: blend mode {name(blend)}"
            if name(one.get("/TR")) or name(one.get("/HTP")):
                yield "6.2.5: transfer function or halftone in a graphics state"
        if name(one.get("/Subtype")) == "Image":
            if one.get("/Interpolate", False):
                yield "6.2.8: an image is interpolated"
            if "DeviceCMYK" in str(one.get("/ColorSpace", "")):
                yield "6.2.4: CMYK without a CMYK output intent"
        group = one.get("/Group")
        if isinstance(group, pikepdf.Dictionary) and "DeviceCMYK" in str(group.get("/CS", "")):
            yield "6.2.10: a transparency group blends in CMYK"


def _fonts(document: pikepdf.Pdf) -> Iterator[str]:
    for one in dictionaries(document):
        if name(one.get("/Type")) == "FontDescriptor" and not {"/FontFile", "/FontFile2", "/FontFile3"} & set(
            one.keys()
        ):
            yield f"6.2.11.4: {name(one.get('/FontName'))} is not embedded"
        if name(one.get("/Type")) == "Font":
            if name(one.get("/Subtype")) in {"Type0", "TrueType", "Type1"} and "/ToUnicode" not in one:
                yield f"6.2.11.7: {name(one.get('/BaseFont'))} cannot be read back as text"
            if name(one.get("/Subtype")) in {"TrueType", "Type1"} and "/FontDescriptor" not in one:
                yield f"6.2.11.4: {name(one.get('/BaseFont'))} is one of the viewer's own"


def _structure(document: pikepdf.Pdf) -> Iterator[str]:
    tree = document.Root.get("/StructTreeRoot")
    if tree is None:
        yield "6.7.3: no structure tree"
        return
    roles = tree.get("/RoleMap", {})
    level = 0
    stack: list[tuple[Any, str]] = [(child, "") for child in _children(tree)]
    while stack:
        element, parent = stack.pop(0)
        kind = name(element.get("/S"))
        kind = name(roles.get(f"/{kind}", kind)) if kind not in STRUCTURE else kind
        if kind not in STRUCTURE:
            yield f"7.1: {kind} is no standard structure"
        if kind in INSIDE and parent not in INSIDE[kind]:
            yield f"7.5: {kind} inside {parent}"
        if kind == "TH" and name(_attribute(element, "/Scope")) not in {"Column", "Row", "Both"}:
            yield "7.5: a header cell says not what it heads"
        if kind == "Table" and not any(name(one.get("/S")) == "TH" for one in _below(element)):
            yield "7.5: a table without header cells"
        if kind == "Figure" and not str(element.get("/Alt", "")).strip():
            yield "7.3: a figure without alternative text"
        if kind == "Figure" and _attribute(element, "/BBox") is None:
            yield "7.3: a figure without its box"
        if kind.startswith("H") and kind[1:].isdecimal():
            if int(kind[1:]) > level + 1:
                yield f"7.4.2: {kind} after a heading of level {level}"
            level = int(kind[1:])
        stack[:0] = [(child, kind) for child in _children(element)]


def _children(element: Any) -> list[Any]:
    kids = element.get("/K", [])
    each = list(kids) if isinstance(kids, pikepdf.Array) else [kids]
    return [one for one in each if isinstance(one, pikepdf.Dictionary) and "/S" in one]


def _below(element: Any) -> Iterator[Any]:
    for child in _children(element):
        yield child
        yield from _below(child)


def _attribute(element: Any, key: str) -> Any:
    held = element.get("/A", [])
    for one in held if isinstance(held, pikepdf.Array) else [held]:
        if isinstance(one, pikepdf.Dictionary) and key in one:
            return one[key]
    return None


def _pages(document: pikepdf.Pdf) -> Iterator[str]:
    for number, page in enumerate(document.pages, 1):
        annotations = list(page.get("/Annots", []))
        if annotations and name(page.get("/Tabs")) != "S":
            yield f"7.18.3: page {number} has annotations and no order of structure"
        for one in annotations:
            yield from (f"page {number}: {fault}" for fault in _annotation(one))
        yield from (f"page {number}: {fault}" for fault in _content(page))


def _annotation(one: Any) -> Iterator[str]:
    kind = name(one.get("/Subtype"))
    flags = int(one.get("/F", 0))
    if kind == "Widget" and list(one.get("/Rect", [])) == [0, 0, 0, 0]:
        return  # an invisible signature
    if flags & 0b100011 or not flags & 0b100:
        yield f"6.3.2: {kind} is hidden, or not printed"
    if kind == "Link" and not str(one.get("/Contents", "")).strip():
        yield "7.18.5: a link without words"
    if "/StructParent" not in one:
        yield f"7.18.1: {kind} is not in the structure"


def _content(page: Any) -> Iterator[str]:
    """Every mark on the page is content with a place in the structure, or an artifact."""
    depth: list[bool] = []
    loose = 0
    for operands, operator in pikepdf.parse_content_stream(page):
        word = str(operator)
        if word == "BDC":
            properties = operands[1]
            depth.append(name(operands[0]) == "Artifact" or "/MCID" in properties)
        elif word == "BMC":
            depth.append(name(operands[0]) == "Artifact")
        elif word == "EMC":
            depth.pop()
        elif word in PAINTS and not any(depth):
            loose += 1
    if loose:
        yield f"7.1: {loose} marks are neither content nor artifact"


def _embedded(document: pikepdf.Pdf) -> Iterator[str]:
    associated = [one.objgen for one in document.Root.get("/AF", [])]
    for label, one in document.attachments.items():
        filespec = one.obj
        if filespec.objgen not in associated:
            yield f"6.8: {label} is not associated with the document"
        if name(filespec.get("/AFRelationship")) not in {"Source", "Data", "Alternative", "Supplement", "Unspecified"}:
            yield f"6.8: {label} says not how it belongs to the document"
        if "/F" not in filespec or "/UF" not in filespec:
            yield f"6.8: {label} has not both names"
        if not name(filespec.EF.F.get("/Subtype")):
            yield f"6.8: {label} says not what it is"
