"""The people of a running application, each in a browser of their own, with every press of the mouse counted."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Browser, Page

from tests.browser.conftest import ROOT, Site

PASSWORD = "correct horse battery staple"
MAKE = """
from seal_advisor.models import Membership, Organisation, User
house = Organisation.objects.earliest("created_at")
for name, role in {people!r}.items():
    user = User.objects.create_user(name, password={password!r})
    Membership.objects.create(organisation=house, user=user, role=role)
"""
# A press is a press, also on a label, which clicks its button too. The binding is the test's, not the page's.
COUNT = "addEventListener('pointerdown', event => event.isTrusted && window.pressed(), true)"


@dataclass(slots=True)
class Person:
    """A browser of one person. clicks: presses so far."""

    page: Page
    clicks: int = 0


def make_people(site: Site, **people: str) -> None:
    """Name -> role, in the first organisation."""
    environment = {
        **{key: value for key, value in os.environ.items() if key not in {"DJANGO_SETTINGS_MODULE", "SECRET_KEY"}},
        "SEAL_ADVISOR_DATA": str(site.log.parent / "var"),
    }
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", MAKE.format(people=people, password=PASSWORD)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def in_days(number: int) -> str:
    """The day, as a date field takes it."""
    return (datetime.now(tz=UTC) + timedelta(days=number)).date().isoformat()


@contextmanager
def person(browser: Browser, site: Site, name: str) -> Iterator[Person]:
    """Somebody who has just signed in; the sign-in is not counted."""
    context = browser.new_context(base_url=site.address, accept_downloads=True)
    page = context.new_page()
    page.goto("/sign-in/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{site.address}/")
    somebody = Person(page)

    def pressed() -> None:
        somebody.clicks += 1

    context.expose_function("pressed", pressed)
    context.add_init_script(COUNT)
    yield somebody
    context.close()
