"""Who may open and change what, page by page: every page about a design or an organisation x role x own, foreign and
without an account.

The pages come from the address book. A page that is not in the table below fails: whoever adds one says who may.
"""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import get_resolver

from tests.web.test_access import MAY, house, routes

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
READ, WRITE, ADD, BUILD = "read", "design:write", "evidence:write", "package:build"
REVIEW, ADMINISTER = "review", "administer"
NOBODY, SPEAK = "405 for everybody", "more than reading"
# name of the page -> (what its GET needs, what its POST needs).
NEEDS: dict[str, tuple[str, str]] = {
    "answers": (NOBODY, WRITE),
    "unmapped": (NOBODY, WRITE),
    "questions": (READ, NOBODY),
    "answers-file": (READ, WRITE),
    "answers-json": (READ, NOBODY),
    "compare": (READ, NOBODY),
    "copy": (NOBODY, WRITE),
    "decision": (READ, NOBODY),
    "design-zip": (READ, NOBODY),
    "design-file": (READ, NOBODY),
    "revisions": (READ, NOBODY),
    "check-answers": (WRITE, WRITE),
    "revision": (READ, NOBODY),
    "revision-json": (READ, NOBODY),
    "review": (READ, NOBODY),
    "reviews": (READ, WRITE),
    "review-record": (READ, NOBODY),
    "review-remarks": (NOBODY, SPEAK),
    "review-thread": (NOBODY, SPEAK),
    "review-vote": (NOBODY, REVIEW),
    "review-close": (NOBODY, REVIEW),
    "review-withdraw": (NOBODY, REVIEW),
    "review-action": (NOBODY, SPEAK),
    "review-links": (NOBODY, SPEAK),
    "review-revoke": (NOBODY, SPEAK),
    "review-minutes": (READ, NOBODY),
    "prefill": (WRITE, WRITE),
    "evidence": (READ, ADD),
    "artefact": (READ, NOBODY),
    "artefact-kind": (NOBODY, ADD),
    "artefact-erase": (NOBODY, ADMINISTER),
    "drift": (READ, NOBODY),
    "controls": (READ, NOBODY),
    "collect-plan": (READ, NOBODY),
    "coverage": (READ, NOBODY),
    "frameworks": (READ, NOBODY),
    "framework": (READ, NOBODY),
    "framework-csv": (READ, NOBODY),
    "register": (READ, NOBODY),
    "register-enter": (NOBODY, ADD),
    "register-approve": (NOBODY, REVIEW),
    "register-end": (NOBODY, ADD),
    "packages": (READ, BUILD),
    "package-state": (READ, NOBODY),
    "package-cancel": (NOBODY, BUILD),
    "package-changes": (READ, NOBODY),
    "package-report": (READ, NOBODY),
    "package-archive": (READ, NOBODY),
    "upkeep": (READ, NOBODY),
    "upkeep-schedule": (NOBODY, BUILD),
    "upkeep-hold": (NOBODY, ADMINISTER),
    "upkeep-release": (NOBODY, ADMINISTER),
    "upkeep-retention": (NOBODY, ADMINISTER),
    "pipelines": (READ, ADMINISTER),
    "pipeline": (NOBODY, ADMINISTER),
    "webhooks": (ADMINISTER, ADMINISTER),
    "webhook": (ADMINISTER, NOBODY),
    "webhook-end": (NOBODY, ADMINISTER),
    "house-rules": (READ, ADMINISTER),
    "shared-certificates": (READ, ADMINISTER),
    "shared-certificate-end": (NOBODY, ADMINISTER),
    "people": (READ, ADMINISTER),
    "people-policy": (NOBODY, ADMINISTER),
    "member": (NOBODY, ADMINISTER),
}


def pages() -> list[tuple[str, str]]:
    """(route, name) of every page about a design or an organisation."""
    return [
        (route, entry.name or route)
        for route, entry in routes(get_resolver().url_patterns)
        if ("<uuid:design_id>" in route or "<uuid:organisation_id>" in route) and not route.startswith("api/")
    ]


def test_every_page_for_every_role_on_own_and_foreign_designs(capsys: pytest.CaptureFixture[str]) -> None:
    own, foreign = house("Bank"), house("Rival")
    browsers = {role: Client(raise_request_exception=False) for role in MAY}
    for role, browser in browsers.items():
        browser.force_login(own.people[role], backend=BACKEND)
    cells, holes = 0, []
    for route, name in pages():
        if name not in NEEDS:
            holes.append(f"{name} ({route}) is not in the table: who may open it, who may change something there?")
            continue
        for method, needed in zip(("get", "post"), NEEDS[name], strict=True):
            for role, allowed in MAY.items():
                status = getattr(browsers[role], method)(own.address(route)).status_code
                other = getattr(browsers[role], method)(foreign.address(route)).status_code
                cells += 2
                may = needed in allowed or (needed == SPEAK and allowed > {READ})
                if (status in {403, 405}) == may or status >= 500:
                    holes.append(f"{role} {method} {name}: {status}, needs {needed}")
                if other not in {404, 405}:
                    holes.append(f"{role} {method} foreign {name}: {other}")
            cells += 1
            status = getattr(Client(), method)(own.address(route)).status_code
            if status not in {302, 405}:
                holes.append(f"anonymous {method} {name}: {status}")
    with capsys.disabled():
        print(f"\naccess matrix of the pages: {cells} cells, {len(holes)} holes")
    assert holes == []
    assert cells > 900
