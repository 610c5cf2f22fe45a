"""Single changed bytes over every part of a package, and of a report alone, in equal shares: `changed` makes one.

A part is a place where something else looks: the head of each member in the archive, its content, what stands after
the members; each member changed inside an archive that is lawful again; the signed pages of a report, each hole with
its digits, its padding and its marks, what keeps long-term material, the end.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from io import BytesIO

from pyhanko.pdf_utils.reader import PdfFileReader

from evidence.core import manifest, zip_layout
from evidence.core.archive import Built
from evidence.core.verify import Unreadable, verify

DIGITS = ("the hole's digits", "the hole's padding")
Changer = Callable[[random.Random], tuple[bytes, str]]


@dataclass(frozen=True)
class Target:
    """A finished package whose every part is to be hit. now: a moment at which it is valid."""

    built: Built
    now: datetime

    @cached_property
    def whole(self) -> bytes:
        return self.built.archive

    @cached_property
    def parts(self) -> Mapping[str, Changer]:
        """Name of the part -> one change in it: (the changed file, what must be named, "" = anything)."""
        found: dict[str, Changer] = {}
        offset = 0
        for name, data in self.built.files:
            start = self.whole.index(name.encode(), offset)
            head = start + len(name)
            found[f"archive: head of {name}"] = self._raw(start - 30, head)
            if data:
                found[f"member: {name}"] = self._member(name, data)
            offset = head
        end = self.whole.rindex(zip_layout.END)
        directory = self.whole.index(zip_layout.CENTRAL, offset)
        found["archive: contents"] = self._raw(0, directory)
        found["archive: directory"] = self._raw(directory, end)
        found["archive: end"] = self._raw(end, len(self.whole))
        found.update(self._report_parts())
        return found

    def _raw(self, start: int, stop: int) -> Changer:
        return lambda dice: (altered(self.whole, dice.randrange(start, stop), dice), "")

    def _member(self, name: str, data: bytes) -> Changer:
        """One byte of the member; the archive is lawful all the same, as a forger would write it."""

        def change(dice: random.Random) -> tuple[bytes, str]:
            other = altered(data, dice.randrange(len(data)), dice)
            files = [(one, other if one == name else kept) for one, kept in self.built.files]
            return b"".join(zip_layout.chunks(files)), name

        return change

    def _report_parts(self) -> dict[str, Changer]:
        report, found, start = self.built.report, {}, 0
        for number, signature in enumerate(PdfFileReader(BytesIO(report)).embedded_signatures):
            _, first, second, _ = (int(one) for one in signature.byte_range)
            used = first + 1 + 2 * len(bytes.fromhex(report[first + 1 : second - 1].decode()).rstrip(b"\0"))
            for what, begin, stop in (
                ("before the hole", start, first),
                ("the hole's marks", first, first + 1),
                ("the hole's digits", first + 1, used),
                ("the hole's padding", used, second),
            ):
                digits = b"0123456789abcdef" if what in DIGITS else b""
                found[f"report: signature {number}, {what}"] = self._report(begin, stop, digits)
            start = second
        found["report: after the last hole"] = self._report(start, len(report))
        return found

    def _report(self, start: int, stop: int, among: bytes = b"") -> Changer:
        return lambda dice: (altered(self.built.report, dice.randrange(start, stop), dice, among), "")


def altered(data: bytes, position: int, dice: random.Random, among: bytes = b"") -> bytes:
    """The bytes with another value at this position; every other time one of `among`, which look right there."""
    other = (data[position] + dice.randrange(1, 256)) % 256
    if among and dice.random() < 0.5:
        other = dice.choice([one for one in among if one != data[position]])
    return data[:position] + bytes([other]) + data[position + 1 :]


def unseen(target: Target, count: int, dice: random.Random) -> list[str]:
    """The changes that verification does not report, or reports without naming what was changed; all parts in turn."""
    parts = list(target.parts.items())
    missed = []
    for number in range(count):
        part, change = parts[number % len(parts)]
        data, wanted = change(dice)
        try:
            outcome = verify(data, now=target.now + timedelta(minutes=5), again=False)
        except Unreadable:
            continue
        names = {one.name.split(": ")[0] for one in outcome.differences}
        if outcome.valid:
            missed.append(f"{part}: not reported")
        elif wanted and wanted not in names and not (wanted == manifest.REPORT and "archive" in names):
            missed.append(f"{part}: reported as {', '.join(sorted(names))} only")
    return missed
