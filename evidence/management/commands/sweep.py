"""`manage.py sweep`: bring back every job whose worker is gone, do what is due. `serve` calls it every few seconds."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from evidence import jobs, tasks


class Command(BaseCommand):
    help = "Wakes a worker for every job that waits or was left behind; schedules, notices and retention are looked at."

    def handle(self, *args: Any, **options: Any) -> None:
        woken = jobs.sweep()
        tasks.keep_up()
        if options["verbosity"]:
            self.stdout.write(f"{woken} jobs woken")
