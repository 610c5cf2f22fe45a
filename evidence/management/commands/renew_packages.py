"""`manage.py renew_packages [--within DAYS]`: add archive time-stamps where the newest one ends soon.

Celery beat asks for the same every night; `serve`, which has no beat, asks a worker with --background once a day.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from evidence import jobs, renewal, tasks

DAYS = renewal.WITHIN.days


class Command(BaseCommand):
    help = "Time-stamps packages of level B-LT and B-LTA again, while their proof lasts; exits 1 when one could not be."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--within", type=int, default=DAYS, metavar="DAYS", help=f"whose proof ends within so many days ({DAYS})"
        )

        parser.add_argument("--background", action="store_true", help="let a worker do it, and do not wait")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["background"]:
            jobs.ask(tasks.renew_packages.name)
            return
        failed = renewed = 0
        for one in renewal.renew(now=timezone.now(), within=timedelta(days=options["within"])):
            line = f"{one.package.pk} {one.package.title}: {one.said}"
            (self.stdout if one.renewed else self.stderr).write(line)
            renewed, failed = renewed + one.renewed, failed + (not one.renewed)
        self.stdout.write(f"{renewed} renewed, {failed} could not be")
        if failed:
            sys.exit(1)
