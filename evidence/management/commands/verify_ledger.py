"""`manage.py verify_ledger`: every leaf and their order, what rows and blobs say now, and the heads of packages."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from evidence import ledger_check
from evidence.models import LedgerEntry


class Command(BaseCommand):
    help = "Names whatever was tampered with; exits 1 when something was."

    def handle(self, *args: Any, **options: Any) -> None:
        found = ledger_check.faults()
        for fault in found:
            self.stderr.write(fault)
        if found:
            sys.exit(1)
        self.stdout.write(f"{LedgerEntry.objects.count()} entries and every blob are as they were written")
