"""`manage.py export_organisation NAME FILE`: everything of one organisation, for handing over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evidence.keeping import export
from evidence.keeping.backup import BackupError
from evidence.keeping.files import whole_file
from seal_advisor.models import Organisation


class Command(BaseCommand):
    help = "Writes an organisation's rows, blobs and ledger entries into one tar file; no password, no token."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("file", type=Path, help="the file to make; it must not exist")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = Organisation.objects.filter(name=options["name"]).first()
        if organisation is None:
            known = ", ".join(Organisation.objects.order_by("name").values_list("name", flat=True))
            raise CommandError(f"no organisation {options['name']!r}; there are {known}")
        try:
            with whole_file(options["file"]) as file:
                about = export.write(file, organisation)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{options['file']}: {sum(about['rows'].values())} rows, {about['blobs']} blobs")
