"""`manage.py backup FILE`: everything in one file, as it was at one moment. FILE is made with mode 0600."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evidence.keeping import backup
from evidence.keeping.files import whole_file


class Command(BaseCommand):
    help = "Writes rows, blobs and the ledger's head into one tar file; `restore` reads it, on either database engine."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the file to make; it must not exist")

    def handle(self, *args: Any, **options: Any) -> None:
        target: Path = options["file"]
        try:
            with whole_file(target) as file:
                about = backup.write(file)
        except (backup.BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        rows = sum(about["rows"].values())
        self.stdout.write(f"{target}: {rows} rows, {about['blobs']} blobs, ledger of {about['ledger']['size']} entries")
