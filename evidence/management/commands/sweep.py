"""`manage.py sweep`: bring back every job whose worker is gone. `serve` and Celery beat call it every few seconds."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from evidence import jobs


class Command(BaseCommand):
    help = "Wakes a worker for every job that waits or was left behind."

    def handle(self, *args: Any, **options: Any) -> None:
        woken = jobs.sweep()
        if options["verbosity"]:
            self.stdout.write(f"{woken} jobs woken")
