"""`manage.py serve`: the same as `seal-advisor serve`."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from seal_advisor.commands import serve


class Command(BaseCommand):
    help = "Everything in one command: database, static files, web server, worker, sweeper."

    def run_from_argv(self, argv: list[str]) -> None:
        """Hands the words on as they are; Django's own parser would take `--prepare` for an option that it lacks."""
        sys.exit(serve.run(argv[2:]))

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(serve.run([]))
