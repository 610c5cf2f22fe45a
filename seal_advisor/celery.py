"""The worker's application. Tasks are wake-ups only; see evidence/jobs.py."""

from __future__ import annotations

import os
from importlib import import_module

from celery import Celery
from celery.signals import worker_shutting_down

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seal_advisor.settings")
app = Celery("seal_advisor")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["evidence"])


@worker_shutting_down.connect
def _end_at_once_when_idle(**_said: object) -> None:
    """A worker that builds nothing has nothing to finish; Celery would wait four seconds for the broker and its timer.

    A message that it has just taken is no loss: the job is a row, and the sweeper sends another message for it.
    """
    if not import_module("celery.worker.state").active_requests:
        os._exit(0)
