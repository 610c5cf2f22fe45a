"""The worker's application. Tasks are wake-ups only; see evidence/jobs.py."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seal_advisor.settings")
app = Celery("seal_advisor")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["evidence"])
