"""Who may do what, cell by cell: every endpoint x role x own, foreign and anonymous.

The endpoints come from the address book, so one without a policy fails, and so does one that cannot be called here.
The expected answer comes from the table of roles; the test says it again in words of its own, on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from evidence import services as evidence_services
from evidence.meetings import services as meetings
from evidence.meetings.models import Review
from evidence.models import LedgerEntry, Package
from seal_advisor.access import Action, Actor
from seal_advisor.api.base import ApiView, Public, SignedIn
from seal_advisor.models import Design, Organisation, User
from seal_advisor.services import freeze_revision
from tests import factories

pytestmark = pytest.mark.django_db

# role -> what it may do with a design of its own organisation.
MAY: dict[str, set[str]] = {
    "architect": {"read", "design:write", "evidence:write", "package:build", "remark"},
    "reviewer": {"read", "review", "remark"},
    "compliance": {"read", "evidence:write", "package:build", "remark"},
    "auditor": {"read"},
    "administrator": {"read", "design:write", "evidence:write", "package:build", "review", "remark", "administer"},
}
# Addresses below /api/ that are no API classes: the same for everybody.
NOBODYS = "00000000-0000-0000-0000-000000000000"
OPEN_TO_ALL = {"api/schema/", "api/v1/docs/", "^api/.*$"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one address. policy: an Action, Public or SignedIn."""

    method: str
    route: str
    name: str
    policy: Any


def routes(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, route)
        else:
            yield route, entry


def endpoints() -> list[Endpoint]:
    """Every method of every address below /api/. An address that is neither open to all nor an ApiView is a hole."""
    found = []
    for route, entry in routes(get_resolver().url_patterns):
        if not route.lstrip("^").startswith("api/") or route in OPEN_TO_ALL:
            continue
        view = getattr(entry.callback, "cls", None)
        assert view is not None, f"{route} is no class"
        assert issubclass(view, ApiView), f"{route} has no policy"
        found += [Endpoint(method, route, entry.name or "", policy) for method, policy in view.policy.items()]
    return found


@dataclass(slots=True)
class House:
    """An organisation with one person for each role, a design and a package."""

    organisation: Organisation
    people: dict[str, User]
    design: Design
    package: Package
    review: Review

    def address(self, route: str) -> str:
        """The route with this house's own rows; where it has none, with one that nobody has."""
        for name in ("design", "package", "organisation", "review"):
            row = getattr(self, name)
            route = route.replace(f"<uuid:{name}_id>", str(row.pk))
        route = re.sub(r"<int:\w+>", "1", re.sub(r"<uuid:\w+>", NOBODYS, route))
        return "/" + re.sub(r"<(?:slug|str|path):\w+>", "vault.hcl" if "<path" in route else "waiver", route)


def house(name: str) -> House:
    organisation = factories.OrganisationFactory(name=name)
    people = {role: factories.member(f"{role}-{name}", role, organisation) for role in MAY}
    design = factories.design(people["architect"], organisation)
    actor = Actor(people["architect"])
    evidence_services.receive_evidence(design, actor=actor, name="vault.hcl", data=factories.VAULT_HCL)
    review = meetings.open_review(design, freeze_revision(design, actor=actor), actor=actor)
    return House(organisation, people, design, evidence_services.start_package(design, actor=actor), review)


def call(client: APIClient, endpoint: Endpoint, address: str) -> int:
    """The status of a call that is right in every way but perhaps the caller."""
    body: dict[str, Any] = {
        "api-decisions": {"data": {"answers": {}}},
        "api-designs": {"data": {"title": "New"}},
        "api-design": {"data": {"title": "Other"}},
        "api-answers": {"data": {"answers": {"hsm": "none"}}, "headers": {"If-Match": "*"}},
        "api-evidence": {"data": {"file": SimpleUploadedFile("a.log", b"nothing\n")}, "format": "multipart"},
        "api-evidence-raw": {"data": b"nothing\n", "content_type": "application/octet-stream"},
        "api-house-rules": {"data": {"files": {"bank.toml": "[house]"}}},
        "api-reviews": {"data": {"quorum": 1}},
        "api-review-remarks": {"data": {"subject": "answer:hsm", "text": "Seen."}},
        "api-review-votes": {"data": {"choice": "abstain"}},
        "api-review-withdrawal": {"data": {"reason": "Lost."}},
        "api-review-links": {"data": {"parts": ["decision"], "expires_at": "2020-01-01T00:00:00Z"}},
        "api-uploads": {
            "headers": {"Tus-Resumable": "1.0.0", "Upload-Length": "9", "Upload-Metadata": "filename YS5sb2c="}
        },
        "api-upload": {
            "data": b"x",
            "content_type": "application/offset+octet-stream",
            "headers": {"Tus-Resumable": "1.0.0", "Upload-Offset": "0"},
        },
        "api-verify": {"data": {"file": SimpleUploadedFile("a.pdf", b"%PDF-1.7")}, "format": "multipart"},
        "api-schedule": {"data": {"every": "weekly"}},
        "api-holds": {"data": {"reason": "Case 7"}},
        "api-retention": {"data": {"package_days": 30}},
        "api-tokens": {"data": {"name": "x", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"}},
    }.get(endpoint.name, {})
    query = {"api-evidence-raw": "?name=a.log", "api-ledger-proof": f"?leaf={a_leaf()}"}.get(endpoint.name, "")
    if endpoint.method == "get":
        body = {}
    return int(getattr(client, endpoint.method)(address + query, **body).status_code)


def a_leaf() -> int:
    """The first entry about a design of the first house."""
    return int(LedgerEntry.objects.exclude(design=None).earliest("index").index)


def client_of(user: User | None) -> APIClient:
    client = APIClient(raise_request_exception=False)
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def about_a_row(endpoint: Endpoint) -> bool:
    return "<uuid:" in endpoint.route or endpoint.name == "api-ledger-proof"


def test_every_endpoint_for_every_role_on_own_and_foreign_rows(capsys: pytest.CaptureFixture[str]) -> None:
    own, foreign = house("Bank"), house("Rival")
    clients = {role: client_of(person) for role, person in own.people.items()}
    cells, holes = 0, []
    for endpoint in endpoints():
        for role, allowed in MAY.items():
            cells += 1
            status = call(clients[role], endpoint, own.address(endpoint.route))
            permitted = not isinstance(endpoint.policy, Action) or str(endpoint.policy) in allowed
            refused = status in {401, 403}
            if refused == permitted or status >= 500:
                holes.append(f"{role} {endpoint.method} {endpoint.route}: {status}, permitted: {permitted}")
            if about_a_row(endpoint) and not endpoint.name.startswith("api-token"):
                cells += 1
                address = foreign.address(endpoint.route)
                query = "api-ledger-proof" if endpoint.name == "api-ledger-proof" else ""
                status = _foreign_leaf(own, foreign, role) if query else call(clients[role], endpoint, address)
                if status != 404:
                    holes.append(f"{role} {endpoint.method} foreign {endpoint.route}: {status}, not 404")
        cells += 1
        status = call(client_of(None), endpoint, own.address(endpoint.route))
        open_to_all = isinstance(endpoint.policy, Public)
        if (status == 401) == open_to_all or status >= 500:
            holes.append(f"anonymous {endpoint.method} {endpoint.route}: {status}, public: {open_to_all}")
    with capsys.disabled():
        print(f"\naccess matrix of the API: {cells} cells, {len(holes)} holes")
    assert holes == []
    assert cells > 250


def _foreign_leaf(own: House, foreign: House, role: str) -> int:
    leaf = foreign.design.ledger.get(kind="received").leaf_hash
    return int(client_of(own.people[role]).get(f"/api/v1/ledger/proof/?leaf={leaf}").status_code)


def test_the_public_endpoints_are_these_three_and_no_more() -> None:
    public = {(one.method, one.name) for one in endpoints() if isinstance(one.policy, Public)}
    assert public == {("post", "api-decisions"), ("post", "api-verify"), ("post", "api-job-tokens")}
    signed_in = {one.name for one in endpoints() if isinstance(one.policy, SignedIn)}
    assert signed_in == {"api-tokens", "api-token", "api-token-rotate", "api-ledger-head", "api-ledger-consistency"}


def test_an_api_class_without_a_policy_for_a_method_cannot_be_written() -> None:
    with pytest.raises(TypeError, match="policy names"):
        type("Open", (ApiView,), {"get": lambda self, request: None})


@pytest.mark.parametrize("scope", ["read", "design:write", "evidence:write", "package:build"])
def test_a_token_does_what_its_scope_says_and_no_more(scope: str) -> None:
    own = house("Bank")
    _, secret = factories.token(own.people["administrator"], scope)
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    for endpoint in endpoints():
        if isinstance(endpoint.policy, Action):
            status = call(client, endpoint, own.address(endpoint.route))
            assert (status == 403) == (str(endpoint.policy) != scope), (endpoint, status)
            # Cancelling looks the package up first, which needs the scope "read" too.
            missed = NOBODYS in own.address(endpoint.route) or endpoint.name == "api-package-cancel"
            assert status != 404 or missed, (endpoint, status)


def test_a_token_that_is_bound_to_a_design_sees_no_other_and_creates_none() -> None:
    own = house("Bank")
    other = factories.design(own.people["architect"], own.organisation)
    _, secret = factories.token(own.people["architect"], design=own.design)
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert [one["id"] for one in client.get("/api/v1/designs/").json()["results"]] == [str(own.design.pk)]
    assert client.get(f"/api/v1/designs/{other.pk}/").status_code == 404
    assert client.post("/api/v1/designs/", {"title": "x"}).status_code == 403
    assert client.post("/api/v1/tokens/", {}).status_code == 403


def test_no_page_shows_a_foreign_design_or_anything_without_an_account(client: Client) -> None:
    own, foreign = house("Bank"), house("Rival")
    pages = [
        route
        for route, entry in routes(get_resolver().url_patterns)
        if "<uuid:design_id>" in route and not route.startswith("api/")
    ]
    assert len(pages) >= 10
    for route in pages:
        address = foreign.address(route)
        assert client.get(address).status_code in {302, 405}, f"{route} without an account"
        for person in own.people.values():
            client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
            assert client.get(address).status_code in {404, 405}, f"{route} foreign"
            assert client.post(address).status_code in {404, 405}, f"{route} foreign"
            client.logout()
