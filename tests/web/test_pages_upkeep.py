"""The pages about packages that were built: what changed, what is built by itself, how long kept, what holds it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from evidence import jobs, services
from evidence.models import Job, JobState, Package
from evidence.upkeep import retention
from evidence.upkeep.models import LegalHold, Retention, Schedule
from seal_advisor.access import Actor
from seal_advisor.models import Design, User
from tests import factories
from tests.web.pages import address, text, tree


@pytest.fixture
def olga(db: None) -> User:
    """The administrator."""
    person = factories.member("olga", "administrator")
    person.email = "olga@bank.example"
    person.save()
    return person


def package(design: Design, user: User, days_ago: int = 0, **said: object) -> Package:
    made = services.start_package(design, actor=Actor(user))
    at = timezone.now() - timedelta(days=days_ago)
    Package.objects.filter(pk=made.pk).update(archive_blob="aa/aa", created_at=at, said=said)
    Job.objects.filter(pk=made.job_id).update(state=JobState.DONE, finished_at=at)
    return Package.objects.get(pk=made.pk)


def test_what_changed_is_shown_area_by_area_with_verdicts_as_marks(web: Client, design: Design, alice: User) -> None:
    package(design, alice, 2, controls={"C-PN-01": "pass"}, answers={"hsm": "clustered"})
    new = package(design, alice, 0, controls={"C-PN-01": "fail"}, answers={})
    page = web.get(address(design, f"packages/{new.pk}/changes/"))
    said = text(page)
    assert "2 changes" in said
    assert "C-PN-01 before: Pass now: Fail" in said
    assert "hsm before: clustered now: not there" in said
    assert f"packages/{new.pk}/changes/" in web.get(address(design, "packages/")).content.decode()


def test_the_first_package_has_nothing_before_it(web: Client, design: Design, alice: User) -> None:
    only = package(design, alice, controls={})
    assert "no package before this one" in text(web.get(address(design, f"packages/{only.pk}/changes/")))


def test_any_two_packages_of_the_design_are_compared(web: Client, design: Design, alice: User) -> None:
    one, _, three = (package(design, alice, days, controls={"C-PN-01": str(days)}) for days in (3, 2, 1))
    page = web.get(address(design, f"packages/{three.pk}/changes/?since={one.pk}"))
    assert "C-PN-01 before: 3 now: 1" in text(page)
    assert tree(page).xpath("//option[@selected]/@value") == [str(one.pk)]


def test_a_package_under_way_shows_step_and_time_and_can_be_cancelled(web: Client, design: Design, alice: User) -> None:
    made = services.start_package(design, actor=Actor(alice))
    held = jobs.claim(made.job_id)
    assert held is not None
    held.progress(3, 6, "rendering the report")
    Job.objects.update(started_at=timezone.now() - timedelta(seconds=75))
    said = text(web.get(address(design, "packages/")))
    assert "Step 4 of 6: rendering the report, 1 min 15 s so far" in said
    assert "Cancel the build" in said
    answer = web.post(address(design, f"packages/{made.pk}/cancel/"))
    assert (answer.status_code, Job.objects.get().state) == (302, JobState.CANCELLED)
    said = text(web.get(address(design, "packages/")))
    assert "Cancelled" in said
    assert "Cancel the build" not in said


def test_an_auditor_is_offered_no_cancelling_and_may_not(
    design: Design, alice: User, signed_in: Callable[[User], Client]
) -> None:
    made = services.start_package(design, actor=Actor(alice))
    adam = signed_in(factories.member("adam", "auditor"))
    assert "Cancel the build" not in text(adam.get(address(design, "packages/")))
    assert adam.post(address(design, f"packages/{made.pk}/cancel/")).status_code == 403


def test_a_schedule_is_set_with_who_is_told_and_taken_away_again(web: Client, design: Design, olga: User) -> None:
    web.post(address(design, "upkeep/schedule/"), {"every": "weekly", "recipient": [str(olga.pk), "x", "9" * 30]})
    schedule = Schedule.objects.get()
    assert (schedule.every, list(schedule.recipients.all())) == ("weekly", [olga])
    assert "Built every week in the name of alice" in text(web.get(address(design, "upkeep/")))
    web.post(address(design, "upkeep/schedule/"), {"every": ""})
    assert Schedule.objects.count() == 0


def test_retention_and_holds_are_the_administrators(
    design: Design, web: Client, olga: User, signed_in: Callable[[User], Client]
) -> None:
    assert web.post(address(design, "upkeep/retention/"), {"days": "30"}).status_code == 403
    assert web.post(address(design, "upkeep/holds/"), {"reason": "Case 4711"}).status_code == 403
    administrator = signed_in(olga)
    administrator.post(address(design, "upkeep/retention/"), {"days": "30"})
    administrator.post(address(design, "upkeep/holds/"), {"reason": "Case 4711"})
    assert (Retention.objects.get().package_days, LegalHold.objects.get().reason) == (30, "Case 4711")
    said = text(web.get(address(design, "upkeep/")))
    assert "are deleted 30 days after they were asked for" in said
    assert "Case 4711" in said
    hold = LegalHold.objects.get()
    assert web.post(address(design, f"upkeep/holds/{hold.pk}/"), {"reason": "x"}).status_code == 403
    administrator.post(address(design, f"upkeep/holds/{hold.pk}/"), {"reason": "settled"})
    assert not retention.on_hold(design)
    administrator.post(address(design, "upkeep/retention/"), {"days": ""})
    assert Retention.objects.count() == 0


@pytest.mark.parametrize("days", ["0", "-1", "ten", "36501", "٣"])
def test_days_that_are_no_days_are_said_and_change_nothing(
    design: Design, olga: User, signed_in: Callable[[User], Client], days: str
) -> None:
    answer = signed_in(olga).post(address(design, "upkeep/retention/"), {"days": days}, follow=True)
    assert "Days: a whole number from 1 to" in text(answer)
    assert Retention.objects.count() == 0


def test_a_hold_without_a_reason_is_none(design: Design, olga: User, signed_in: Callable[[User], Client]) -> None:
    answer = signed_in(olga).post(address(design, "upkeep/holds/"), {"reason": "  "}, follow=True)
    assert "a hold needs a reason" in text(answer)
    assert LegalHold.objects.count() == 0


def test_files_that_were_deleted_in_due_time_are_accounted_for(web: Client, design: Design, alice: User) -> None:
    old = package(design, alice, 31, controls={})
    Package.objects.update(archive_blob="", report_blob="", purged_at=timezone.now())
    said = text(web.get(address(design, "packages/")))
    assert "Its files were deleted on" in said
    assert web.get(address(design, f"packages/{old.pk}/package.zip")).status_code == 404
