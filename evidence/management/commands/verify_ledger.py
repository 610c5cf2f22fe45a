"""`manage.py verify_ledger`: every entry, its hash, the head, and every blob that an artefact rests on."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from evidence import ledger
from evidence.models import Artefact, LedgerEntry
from evidence.storage import BlobChanged, get_blob


class Command(BaseCommand):
    help = "Names whatever was tampered with; exits 1 when something was."

    def handle(self, *args: Any, **options: Any) -> None:
        found = ledger.faults()
        for row in Artefact.objects.order_by("received_at", "pk").iterator():
            try:
                get_blob(row.blob, row.blob_sha256)
            except BlobChanged as error:
                found.append(f"artefact {row.pk} ({row.name}): {error}")
        for fault in found:
            self.stderr.write(fault)
        if found:
            sys.exit(1)
        self.stdout.write(f"{LedgerEntry.objects.count()} entries and every blob are as they were written")
