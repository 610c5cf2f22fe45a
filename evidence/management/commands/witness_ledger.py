"""`manage.py witness_ledger FILE`: hold the ledger against the heads in FILE, then append the head of now.

Run it daily and keep FILE where nobody of this installation can write, such as another department's share.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evidence.keeping import witness


class Command(BaseCommand):
    help = "Appends the signed head of the ledger to a file; exits 1 when the ledger is not the one that the file saw."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            head = witness.attest(options["file"])
        except (witness.WitnessError, OSError) as error:
            raise CommandError(f"{options['file']}: {error}") from error
        self.stdout.write(f"{options['file']}: {head['size']} entries witnessed, root {head['root'][:16]}")
