"""What WeasyPrint leaves to be said in the tags of a report: what header cells head, and that the foot of a page is
no content.

SOURCES: ISO 14289-1 clause 7.5 (a header cell has a scope), 7.8 (running headers and footers are artifacts of
pagination), ISO 32000-1 section 14.8.2.2 (artifacts).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pikepdf

MARK = re.compile(rb"(?m)^/\w+\s+<</MCID (\d+)>>\s+BDC$")
PAGINATION = b"/Artifact <</Type /Pagination>> BDC"


def mend(document: pikepdf.Pdf) -> None:
    """Changes the document in place."""
    for item in document.objects:
        if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/TH":
            attributes = item.get("/A", pikepdf.Dictionary(O=pikepdf.Name.Table))
            attributes["/Scope"] = pikepdf.Name.Column  # every header cell of ours heads a column
            item["/A"] = attributes
    root = document.Root.StructTreeRoot
    inside = set(_elements(root))
    owners = _owners(root.ParentTree)
    for page in document.pages:
        _margins_as_artifacts(page, owners.get(int(page.get("/StructParents", -1))), inside)


def _elements(root: Any) -> Iterator[tuple[int, int]]:
    """The object numbers of everything that can be reached from the root of the structure."""
    waiting = [root]
    while waiting:
        kids = waiting.pop().get("/K", [])
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                yield kid.objgen
                waiting.append(kid)


def _owners(tree: Any) -> dict[int, Any]:
    """Key of a page in the parent tree -> the array from its marks to their elements."""
    pairs = list(tree.Nums)
    return {int(key): value for key, value in zip(pairs[::2], pairs[1::2], strict=True)}


def _margins_as_artifacts(page: Any, owners: Any, inside: set[tuple[int, int]]) -> None:
    """Marks whose element hangs nowhere are those of the page's margins: they become artifacts."""
    if not isinstance(owners, pikepdf.Array):
        return
    loose = {number for number, owner in enumerate(owners) if owner is not None and owner.objgen not in inside}
    if not loose:
        return

    def marked(found: re.Match[bytes]) -> bytes:
        return PAGINATION if int(found[1]) in loose else found[0]

    page.Contents.write(MARK.sub(marked, page.Contents.read_bytes()))
    for number in loose:
        owners[number] = None


def add_signature_field(document: pikepdf.Pdf, name: str) -> None:
    """An empty, invisible signature field with a name for readers and a place in the structure, for the signer to fill.

    ISO 14289-1 clause 7.18: a widget stands in a Form element, a field says what it is for.
    """
    page = document.pages[0].obj
    tree = document.Root.StructTreeRoot
    numbers = tree.ParentTree.Nums
    key = max((int(one) for one in list(numbers)[::2]), default=-1) + 1
    widget = document.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Widget,
            FT=pikepdf.Name.Sig,
            T=name,
            TU="Signature that certifies this report",
            F=0b10000100,  # printed and locked
            Rect=[0, 0, 0, 0],
            P=page,
            StructParent=key,
        )
    )
    whole = tree.K[0]
    form = document.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.StructElem,
            S=pikepdf.Name.Form,
            P=whole,
            Pg=page,
            K=[pikepdf.Dictionary(Type=pikepdf.Name.OBJR, Obj=widget, Pg=page)],
        )
    )
    whole.K.append(form)
    numbers.extend(pikepdf.Array([key, form]))
    page["/Annots"] = pikepdf.Array([*page.get("/Annots", []), widget])
    page["/Tabs"] = pikepdf.Name.S
    document.Root.AcroForm = document.make_indirect(pikepdf.Dictionary(Fields=[widget]))
