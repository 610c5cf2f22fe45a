"""A build that is waited for, stopped and compared over the API."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from evidence import jobs, tasks, waiting
from evidence.models import Job, JobState, Package
from seal_advisor.models import Design, Organisation, User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_beat_against_the_tests_own_transaction(settings: object) -> None:
    settings.JOB_LEASE_SECONDS = 3600  # type: ignore[attr-defined]


def asked(api: APIClient, design: Design, query: str = "") -> dict[str, object]:
    answer = api.post(f"/api/v1/designs/{design.pk}/packages/{query}")
    assert answer.status_code == 202, answer.content
    found: dict[str, object] = answer.json()
    return found


def done(package_id: object, **said: object) -> None:
    """As if a worker had built it."""
    Package.objects.filter(pk=package_id).update(archive_blob="aa/aa", archive_sha256="aa", said=said)
    Job.objects.filter(package=package_id).update(state=JobState.DONE, finished_at=timezone.now())


def test_a_wait_that_is_long_enough_ends_with_the_built_package(
    api: APIClient, design: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting.time, "sleep", lambda seconds: done(Package.objects.get().pk))
    answer = api.post(f"/api/v1/designs/{design.pk}/packages/?wait=20")
    assert (answer.status_code, answer.json()["state"]) == (201, "done")
    assert answer["Location"] == f"/api/v1/packages/{answer.json()['id']}/"


def test_a_wait_that_is_too_short_ends_as_if_nobody_had_waited(api: APIClient, design: Design) -> None:
    begun = time.monotonic()
    package = asked(api, design, "?wait=1")
    assert 1 <= time.monotonic() - begun < 3
    assert (package["state"], package["elapsed_seconds"]) == ("queued", None)


def test_no_wait_is_longer_than_a_proxy_s_patience(
    api: APIClient, design: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(waiting.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(waiting.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    asked(api, design, "?wait=100000")
    assert now[0] <= waiting.LONGEST_SECONDS + waiting.LOOK_SECONDS


def test_where_too_many_wait_the_next_is_answered_at_once(api: APIClient, design: Design) -> None:
    """The server's threads stay free for everybody who does not wait."""
    taken = [waiting._places.acquire(blocking=False) for _ in range(waiting.WAITING_AT_MOST)]
    try:
        begun = time.monotonic()
        package = asked(api, design, "?wait=20")
        assert (package["state"], time.monotonic() - begun < 2) == ("queued", True)
    finally:
        for _ in filter(None, taken):
            waiting._places.release()


@pytest.mark.parametrize("wait", ["soon", "-1", "1.5", "٣"])
def test_a_wait_that_is_no_number_is_refused_before_anything_is_built(
    api: APIClient, design: Design, wait: str
) -> None:
    answer = api.post(f"/api/v1/designs/{design.pk}/packages/?wait={wait}")
    assert (answer.status_code, Package.objects.count()) == (400, 0)
    assert "whole number of seconds" in answer.json()["detail"]


def test_progress_names_the_step_and_how_long_it_has_taken(api: APIClient, design: Design) -> None:
    package = asked(api, design)
    held = jobs.claim(Job.objects.get().pk)
    assert held is not None
    held.progress(3, 6, "rendering the report")
    Job.objects.update(started_at=timezone.now() - timedelta(seconds=7))
    seen = api.get(f"/api/v1/packages/{package['id']}/").json()
    assert (seen["steps_done"], seen["steps_total"], seen["step"]) == (3, 6, "rendering the report")
    assert 7 <= seen["elapsed_seconds"] < 9


def test_a_cancelled_build_ends_and_its_worker_changes_nothing_more(api: APIClient, design: Design) -> None:
    package = asked(api, design)
    held = jobs.claim(Job.objects.get().pk)
    assert held is not None
    answer = api.post(f"/api/v1/packages/{package['id']}/cancel/")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    for write in (held.beat, held.finish, lambda: held.fail("x"), lambda: held.progress(1, 6, "x")):
        with pytest.raises(jobs.Fenced):
            write()
    assert jobs.sweep() == 0
    assert jobs.claim(Job.objects.get().pk) is None, "no worker takes it up again"
    again = api.post(f"/api/v1/packages/{package['id']}/cancel/")
    assert (again.status_code, api.get(f"/api/v1/packages/{package['id']}/package.zip").status_code) == (409, 409)


def test_a_cancelled_build_gives_up_the_report_that_is_being_rendered(
    api: APIClient, design: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(api, design)
    job = Job.objects.get()
    lost = threading.Event()

    def cancelled_meanwhile(*args: object, stopped: Callable[[], bool], **named: object) -> None:
        jobs.cancel(job.pk)
        lost.set()  # as the heartbeat does
        assert stopped()
        raise tasks.packaging.rendering.Stopped

    monkeypatch.setattr(tasks.packaging.rendering, "render", cancelled_meanwhile)
    held = jobs.claim(job.pk)
    assert held is not None
    with pytest.raises(jobs.Fenced):
        tasks.packaging.run(held, lost)
    job.refresh_from_db()
    assert (job.state, Package.objects.get().archive_blob) == (JobState.CANCELLED, "")


def test_what_changed_is_told_against_the_package_before_or_any_other(api: APIClient, design: Design) -> None:
    one, two, three = (asked(api, design)["id"] for _ in range(3))
    for number, package in enumerate((one, two, three)):
        done(package, controls={"C-PN-01": ("fail", "pass", "pass")[number]})
        moment = timezone.now() - timedelta(days=3 - number)
        Package.objects.filter(pk=package).update(created_at=moment)
        Job.objects.filter(package=package).update(finished_at=moment)
    first = api.get(f"/api/v1/packages/{one}/changes/").json()
    assert (first["old"], first["changes"]) == (None, [])
    before = api.get(f"/api/v1/packages/{three}/changes/").json()
    assert (before["old"], before["changes"]) == (two, [])
    since = api.get(f"/api/v1/packages/{three}/changes/?since={one}").json()
    assert since["changes"] == [{"area": "controls", "what": "C-PN-01", "before": "fail", "after": "pass"}]


def test_a_package_that_is_not_built_has_nothing_to_compare(api: APIClient, design: Design) -> None:
    one = asked(api, design)["id"]
    done(one, controls={})
    Job.objects.update(finished_at=timezone.now())
    two = asked(api, design)["id"]
    answer = api.get(f"/api/v1/packages/{two}/changes/")
    assert (answer.status_code, "not built" in answer.json()["detail"]) == (409, True)


def test_what_was_deleted_after_its_retention_is_gone_not_missing(api: APIClient, design: Design) -> None:
    package = asked(api, design)["id"]
    done(package)
    Package.objects.update(archive_blob="", purged_at=timezone.now())
    answer = api.get(f"/api/v1/packages/{package}/package.zip")
    assert (answer.status_code, "deleted after its retention" in answer.json()["detail"]) == (410, True)


@pytest.mark.parametrize("role", ["auditor", "reviewer"])
def test_who_may_not_build_may_not_cancel(
    api: APIClient, design: Design, caller: Callable[[User], APIClient], role: str
) -> None:
    package = asked(api, design)["id"]
    other = caller(factories.member(role, role))
    assert other.post(f"/api/v1/packages/{package}/cancel/").status_code == 403
    assert other.get(f"/api/v1/packages/{package}/changes/").status_code == 200


def test_a_foreign_package_is_neither_stopped_nor_compared(
    api: APIClient, design: Design, caller: Callable[[User], APIClient]
) -> None:
    package = asked(api, design)["id"]
    elsewhere = Organisation.objects.create(name="Elsewhere")
    person = factories.member("mallory", "administrator", elsewhere)
    mallory = caller(person)
    theirs = asked(mallory, factories.design(person, elsewhere))["id"]
    assert mallory.post(f"/api/v1/packages/{package}/cancel/").status_code == 404
    assert mallory.get(f"/api/v1/packages/{theirs}/changes/?since={package}").status_code == 404
