"""`manage.py make_signing_key`: the key that signs is there and can be used, or one line says why not."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from evidence.keys import signing_key


class Command(BaseCommand):
    help = "Makes the trial signing key if no key is configured and none was made; prints the certificate's SHA-256."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with signing_key() as key:
                line = f"{key.fingerprint}  {key.origin}"
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        if options["verbosity"]:
            self.stdout.write(line)
