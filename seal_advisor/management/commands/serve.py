"""`manage.py serve`: the same as `seal-advisor serve`."""

from __future__ import annotations

import sys
from argparse import REMAINDER, ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from seal_advisor.commands import serve


class Command(BaseCommand):
    help = "Everything in one command: database, static files, web server, worker, sweeper."
    requires_system_checks = ()  # type: ignore[assignment]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("arguments", nargs=REMAINDER, help="--host, --port")

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(serve.run(options["arguments"]))
