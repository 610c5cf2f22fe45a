"""`manage.py restore FILE`: a backup into an empty, migrated database and the blob store, then all of it verified."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evidence import ledger_check
from evidence.keeping import backup


class Command(BaseCommand):
    help = "Reads what `backup` wrote. Nothing is changed before the whole file was checked."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            about = backup.restore(options["file"])
        except (backup.BackupError, OSError, tarfile.TarError) as error:
            raise CommandError(f"{options['file']}: {error}") from error
        for fault in (found := ledger_check.faults()):
            self.stderr.write(fault)
        if found:
            raise CommandError("restored, but not all of it is as it was written; the faults stand above")
        rows = sum(about["rows"].values())
        self.stdout.write(
            f"{rows} rows and {about['blobs']} blobs restored; {about['ledger']['size']} ledger entries and every blob"
            " are as they were written"
        )
