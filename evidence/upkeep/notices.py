"""What is told about a package that a schedule built: what changed since the one before, or why there is none.

A notice is a job like every other: a worker that dies before the mail server took it leaves the job to the next. It is
sent once, or twice where a worker died between sending and writing that down; never not at all without saying so.
"""

from __future__ import annotations

import threading
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from evidence import comparison, jobs
from evidence.comparison import NothingToCompare
from evidence.core.diff import Change
from evidence.jobs import CannotFinish, Claim
from evidence.models import Job, JobState, Package
from evidence.upkeep.models import Notice

NOTICE_JOB = "notice"
ENDED = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)
LINES_AT_MOST = 40
NO_SERVER = "no mail server is configured (EMAIL_HOST); the changes are on the package's page"


def ask_due() -> int:
    """A job for every notice whose package was built or failed. Returns how many there were."""
    asked = 0
    for notice in Notice.objects.filter(job=None, package__job__state__in=ENDED).select_related("package"):
        with transaction.atomic():
            job = Job.objects.create(kind=NOTICE_JOB, design_id=notice.package.design_id)
            if Notice.objects.filter(pk=notice.pk, job=None).update(job=job) == 0:
                transaction.set_rollback(True)
                continue
            transaction.on_commit(lambda pk=job.pk: jobs.wake(pk))
        asked += 1
    return asked


def run(held: Claim, lost: threading.Event) -> None:
    """Send the notice of this job. Raises CannotFinish when the mail server refuses it, or Fenced.

    lost: nothing here takes so long that somebody would look at it.
    """
    notice = Notice.objects.select_related("package__design", "package__job").get(job=held.job_id)
    held.progress(0, 1, "telling what changed")
    subject, text = message(notice.package)
    sent = bool(notice.recipients) and bool(settings.EMAIL_HOST)
    if sent:
        try:
            EmailMessage(subject, text, to=notice.recipients).send()
        except (SMTPException, OSError) as error:
            raise CannotFinish(f"the mail server {settings.EMAIL_HOST} did not take the notice: {error}") from error
    elif notice.recipients:
        text = f"{text}\nNot sent: {NO_SERVER}.\n"
    with transaction.atomic():
        held.finish()
        Notice.objects.filter(pk=notice.pk).update(text=text, sent_at=timezone.now() if sent else None)


def message(package: Package) -> tuple[str, str]:
    """Subject and text."""
    title, when = package.title, package.created_at.strftime("%-d %B %Y, %H:%M UTC")
    page = f"{settings.PUBLIC_URL}/designs/{package.design_id}/packages/"
    if package.job.state != JobState.DONE:
        said = package.job.error or "it was cancelled"
        return (
            f"{title}: the scheduled package was not built",
            f"The package of {when} was not built: {said}.\n\nBuild it again at {page}\n",
        )
    before = comparison.previous(package)
    try:
        found = comparison.changes(before, package) if before is not None else None
    except NothingToCompare:
        found = None
    if found is None:
        return (
            f"{title}: its first scheduled package was built",
            f"The package of {when} was built and signed. There is none before it to compare with.\n\n{page}\n",
        )
    number = f"{len(found)} change{'' if len(found) == 1 else 's'}" if found else "nothing changed"
    return (
        f"{title}: {number} in the scheduled package",
        f"The package of {when} was built and signed. {_listed(found)}\n\n{page}{package.pk}/changes/\n",
    )


def _listed(found: tuple[Change, ...]) -> str:
    if not found:
        return "It says what the one before said."
    lines = [f"- {change.line}" for change in found[:LINES_AT_MOST]]
    more = len(found) - LINES_AT_MOST
    rest = [f"- and {more} more"] if more > 0 else []
    return "Since the one before:\n\n" + "\n".join([*lines, *rest])
