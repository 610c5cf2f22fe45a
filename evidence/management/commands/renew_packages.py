"""`manage.py renew_packages [--within DAYS]`: add archive time-stamps where the newest one ends soon."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from evidence import renewal

DAYS = 90


class Command(BaseCommand):
    help = "Time-stamps packages of level B-LT and B-LTA again, while their proof lasts; exits 1 when one could not be."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--within", type=int, default=DAYS, metavar="DAYS", help=f"whose proof ends within so many days ({DAYS})"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        failed = renewed = 0
        for one in renewal.renew(now=timezone.now(), within=timedelta(days=options["within"])):
            line = f"{one.package.pk} {one.package.title}: {one.said}"
            (self.stdout if one.renewed else self.stderr).write(line)
            renewed, failed = renewed + one.renewed, failed + (not one.renewed)
        self.stdout.write(f"{renewed} renewed, {failed} could not be")
        if failed:
            sys.exit(1)
