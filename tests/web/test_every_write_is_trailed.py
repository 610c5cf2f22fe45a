"""Every write leaves its entry in the trail: each address that takes one is called as it should be, and the trail read.

The addresses come from the address book. One that is neither called here nor known to store nothing fails, so whoever
adds a way to write says what it leaves behind.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from rest_framework.test import APIClient

from evidence import services as evidence_services
from evidence import trail
from evidence.meetings import services as meetings
from evidence.models import LedgerEntry
from evidence.register import services as register
from evidence.register.models import Attestation, Waiver
from evidence.upkeep import retention, schedules
from evidence.views.contexts.trail import THINGS, WHAT
from evidence.webhooks import services as webhooks
from seal_advisor import house_rules, people, services, tokens
from seal_advisor.access import Actor
from seal_advisor.models import Design
from seal_advisor.pipelines import exchange, issuers
from tests import factories
from tests.web.test_access import NOBODYS, endpoints, routes

pytestmark = pytest.mark.django_db
GITHUB = "https://token.actions.githubusercontent.com"
SOON = (timezone.now() + timedelta(days=20)).date().isoformat()
TODAY = timezone.now().date().isoformat()
HOUSE = (Path(__file__).resolve().parents[1] / "data/house/example-bank.toml").read_text(encoding="utf-8")
CERTIFICATE = {
    "module": "Luna K7", "number": "4684", "standard": "fips_140_3", "level": "3", "status": "active",
    "checked_on": TODAY, "checked_by": "Carl", "source": "https://csrc.nist.gov/projects/x",
}  # fmt: skip
ATTESTATION = {"control": "C-RK-03", "statement": "Done.", "by": "Carl", "on": TODAY, "expires": SOON}
WAIVER = {"control": "C-TL-02", "reason": "Old clients.", "owner": "alice", "expires": SOON}
EXCLUSION = {"control": "C-DR-06", "reason": "None here.", "by": "Carl", "on": TODAY}
CLAIMS = {"repository": "bank/vault-config"}


@dataclass
class World:
    """One of everything that a write can be about; the ids by the names that the routes use."""

    design: Design
    alice: Actor
    olga: Actor
    rows: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def world(design: Design, settings: Any) -> World:
    settings.CI_ISSUERS = issuers.read('[[issuer]]\nkind = "github"\naudience = "https://seal.example"\n')
    settings.WEBHOOK_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    alice, olga = Actor(design.author), Actor(factories.member("olga", "administrator"))
    rita = Actor(factories.member("rita", "reviewer"))
    now, made = timezone.now(), World(design, alice, olga)
    artefact, _ = evidence_services.receive_evidence(design, actor=alice, name="vault.hcl", data=factories.VAULT_HCL)
    unread, _ = evidence_services.receive_evidence(design, actor=alice, name="x.log", data=b"nothing known\n")
    shared = {**CERTIFICATE, "seal": "pkcs11", "checked_on": now.date()}
    first = meetings.open_review(design, services.freeze_revision(design, actor=alice), actor=alice, quorum=1)
    condition = [("Close TLS 1.0", olga.user, (now + timedelta(days=9)).date())]
    vote = meetings.vote(first, actor=rita, choice="conditions", conditions=condition)
    meetings.close(first, actor=rita)
    second = meetings.open_review(design, first.revision, actor=alice, quorum=1)
    token, _ = factories.token(olga.user)
    webhook, _ = webhooks.register(design, actor=olga, address="http://127.0.0.1:9/", events=["package.done"])
    link, _ = meetings.share(second, actor=olga, name="Board", parts=["decision"], expires_at=now + timedelta(days=1))
    waiver = {**WAIVER, "owner": alice.user, "expires": (now + timedelta(days=20)).date()}
    attestation = {**ATTESTATION, "on": now.date(), "expires": (now + timedelta(days=20)).date()}
    schedules.set_schedule(design, actor=olga, every="weekly", recipients=[], now=now)
    retention.set_retention(design.organisation, actor=olga, package_days=9, now=now)
    made.rows = {
        "design_id": design.pk,
        "organisation_id": design.organisation_id,
        "artefact_id": artefact.pk,
        "unread_id": unread.pk,
        "shared_id": register.enter_shared(design.organisation, actor=olga, said=shared).pk,
        "review_id": second.pk,
        "first_review_id": first.pk,
        "number": second.number,
        "thread_id": meetings.remark(second, actor=rita, subject="answer:hsm", text="Which?").pk,
        "item_id": vote.conditions.get().pk,
        "link_id": link.pk,
        "token_id": token.pk,
        "webhook_id": webhook.pk,
        "pipeline_id": exchange.bind(design, actor=olga, issuer=GITHUB, claims=CLAIMS, scopes=["read"]).pk,
        "hold_id": retention.place_hold(design, actor=olga, reason="Audit", now=now).pk,
        "waiver_id": register.enter(Waiver, design, actor=alice, said=waiver).pk,
        "entry_id": register.enter(Attestation, design, actor=alice, said=attestation).pk,
        "package_id": evidence_services.start_package(design, actor=alice).pk,
        "membership_id": people.add(
            design.organisation, actor=olga, name=factories.UserFactory(username="tom").username, role="auditor"
        ).pk,
    }
    return made


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proofs of house rules cost two seconds, and are tested elsewhere."""
    monkeypatch.setattr(house_rules, "proved", lambda files: ())


def a_file() -> dict[str, Any]:
    return {"file": SimpleUploadedFile("other.hcl", factories.VAULT_HCL.replace(b"vault-key", b"other-key"))}


def end_the_second_review(world: World) -> None:
    meetings.close(meetings.Review.objects.get(pk=world.rows["review_id"]), actor=world.olga)


def change_an_answer(world: World) -> None:
    services.record_answer(world.design, "hsm", actor=world.alice, value="none")


def bring_an_old_answer(world: World) -> None:
    Design.objects.filter(pk=world.design.pk).update(unmapped={"hsm": "tape"})


def release_the_hold(world: World) -> None:
    held = retention.LegalHold.objects.get(pk=world.rows["hold_id"])
    retention.release_hold(held, actor=world.olga, reason="Over", now=timezone.now())


def put_house_rules(world: World) -> None:
    house_rules.put_in_force(world.design.organisation, {"bank.toml": HOUSE}, actor=world.olga)


@dataclass
class Call:
    """One right call. said: the word of the trail's entry. rows: what the route's names stand for, where otherwise.

    before: what must have happened. more: arguments of the client.
    """

    said: str
    data: Any = None
    rows: dict[str, str] = field(default_factory=dict)
    before: Callable[[World], None] | None = None
    query: str = ""
    more: dict[str, Any] = field(default_factory=dict)


FIRST = {"review_id": "first_review_id"}
FIRST_NUMBER = {"number": 1}
OF_THE_HOUSE = {"entry_id": "shared_id"}
OF_THE_WAIVER = {"entry_id": "waiver_id"}
TOKEN = {"name": "ci", "scopes": ["read"], "expires_at": f"{SOON}T00:00:00Z"}
# (method, name) -> the right call.
API: dict[tuple[str, str], Call] = {
    ("post", "api-designs"): Call("design.created", {"title": "New"}),
    ("patch", "api-design"): Call("design.edited", {"title": "Other"}),
    ("put", "api-answers"): Call("answers.changed", {"answers": {"hsm": "none"}}, more={"headers": {"If-Match": "*"}}),
    ("post", "api-revisions"): Call("revision.frozen", before=change_an_answer),
    ("post", "api-pipelines"): Call(
        "pipeline.admitted", {"issuer": GITHUB, "claims": {"repository": "a/b"}, "scopes": ["read"]}
    ),
    ("delete", "api-pipeline"): Call("pipeline.ended"),
    ("put", "api-house-rules"): Call("house_rules.put_in_force", {"files": {"bank.toml": HOUSE}}),
    ("delete", "api-house-rules"): Call("house_rules.withdrawn", before=put_house_rules),
    ("post", "api-tokens"): Call("token.issued", TOKEN),
    ("delete", "api-token"): Call("token.revoked"),
    ("post", "api-token-rotate"): Call("token.issued"),
    ("post", "api-reviews"): Call("review.opened", {"quorum": 1}, before=end_the_second_review),
    ("post", "api-review-remarks"): Call("review.remark", {"subject": "answer:hsm", "text": "Seen."}),
    ("post", "api-review-thread"): Call("review.remark", {"does": "resolve"}),
    ("post", "api-review-votes"): Call("review.vote", {"choice": "approve"}),
    ("post", "api-review-close"): Call("review.closed"),
    ("post", "api-review-withdrawal"): Call("review.sign_off_withdrawn", {"reason": "Lost."}, FIRST),
    ("post", "api-review-action"): Call("review.action_done", rows=FIRST),
    ("post", "api-review-links"): Call(
        "review.link_shared", {"parts": ["decision"], "expires_at": f"{SOON}T00:00:00Z"}
    ),
    ("delete", "api-review-link"): Call("review.link_revoked"),
    ("post", "api-evidence"): Call("evidence.received", a_file, more={"format": "multipart"}),
    ("put", "api-evidence-raw"): Call(
        "evidence.received", b"nothing\n", query="?name=a.log", more={"content_type": "application/octet-stream"}
    ),
    ("post", "api-webhooks"): Call("webhook.made", {"address": "http://127.0.0.1:9/b", "events": ["package.done"]}),
    ("delete", "api-webhook"): Call("webhook.ended"),
    ("post", "api-erasure"): Call("evidence.erased", {"why": "Wrong cluster."}, before=release_the_hold),
    ("post", "api-certificates"): Call("modulecertificate.entered", CERTIFICATE),
    ("post", "api-attestations"): Call("attestation.entered", ATTESTATION),
    ("post", "api-waivers"): Call("waiver.asked", WAIVER),
    ("post", "api-exclusions"): Call("exclusion.entered", EXCLUSION),
    ("post", "api-waiver-approval"): Call("waiver.approved", rows=OF_THE_WAIVER),
    ("post", "api-statement-end"): Call("attestation.ended", {"why": "Over."}),
    ("put", "api-schedule"): Call("schedule.set", {"every": "monthly"}),
    ("delete", "api-schedule"): Call("schedule.dropped"),
    ("post", "api-holds"): Call("hold.placed", {"reason": "Audit"}),
    ("post", "api-hold-release"): Call("hold.released", {"reason": "Over"}),
    ("put", "api-retention"): Call("retention.set", {"package_days": 30}),
    ("delete", "api-retention"): Call("retention.dropped"),
    ("post", "api-shared-certificates"): Call("sharedcertificate.entered", {**CERTIFICATE, "seal": "pkcs11"}),
    ("post", "api-shared-certificate-end"): Call("sharedcertificate.ended", {"why": "Over."}, OF_THE_HOUSE),
    ("post", "api-packages"): Call("package.asked"),
    ("post", "api-package-cancel"): Call("package.cancelled"),
}
STORES_NOTHING = {
    "api-decisions": "decides, and forgets",
    "api-verify": "checks what it is given, and forgets",
    "api-job-tokens": "a token is issued by tokens.issue_token, as api-tokens does",
    "api-uploads": "bytes on their way are no evidence yet",
    "api-upload": "the last piece hands the file to the same intake as api-evidence",
}
# Name of the page -> its right calls.
PAGES: dict[str, list[Call]] = {
    "designs": [Call("design.created", {"title": "New"})],
    "sample": [Call("design.created")],
    "prefilled": [Call("design.created", {"title": "Linked", "answers": '{"answers": {"hsm": "none"}}'})],
    "copy": [Call("design.created")],
    "answers": [Call("answers.changed", {"only": "boundary", "boundary": "anywhere"})],
    "unmapped": [Call("answers.unmapped_seen", before=bring_an_old_answer)],
    "answers-file": [
        Call("answers.changed", lambda: {"file": SimpleUploadedFile("a.json", b'{"answers": {"hsm": "none"}}')})
    ],
    "prefill": [
        Call("answers.changed", {"accept-answers": "1", "accept": "hsm", "value.hsm": "none", "note.hsm": "line 1"})
    ],
    "check-answers": [Call("revision.frozen", before=change_an_answer)],
    "tokens": [Call("token.issued", {"name": "ci", "days": "9", "scopes": "read"})],
    "token": [Call("token.issued", {"rotate": "1"}), Call("token.revoked", {"revoke": "1"})],
    "account_change_password": [
        Call(
            "person.password_changed",
            {
                "oldpassword": factories.PASSWORD,
                "password1": "another horse altogether",
                "password2": "another horse altogether",
            },
        )
    ],
    "house-rules": [
        Call("house_rules.put_in_force", {"do": "accept", "name": "bank.toml", "text": HOUSE}),
        Call("house_rules.withdrawn", {"do": "withdraw"}, before=put_house_rules),
    ],
    "people": [
        Call("member.added", {"name": "una", "role": "auditor", "new": "1"}),
        Call(
            "member.added",
            {"name": "vera", "role": "auditor"},
            before=lambda world: factories.UserFactory(username="vera") and None,
        ),
    ],
    "people-policy": [Call("organisation.second_factor", {"demanded": "1"})],
    "member": [Call("member.role_changed", {"role": "reviewer"}), Call("member.removed", {"remove": "1"})],
    "pipelines": [Call("pipeline.admitted", {"issuer": GITHUB, "repository": "a/b", "scopes": "read"})],
    "pipeline": [Call("pipeline.ended")],
    "webhooks": [Call("webhook.made", {"address": "http://127.0.0.1:9/b", "events": "package.done"})],
    "webhook-end": [Call("webhook.ended")],
    "reviews": [Call("review.opened", {"quorum": "1"}, before=end_the_second_review)],
    "review-remarks": [Call("review.remark", {"subject": "answer:hsm", "text": "Seen."})],
    "review-thread": [Call("review.remark", {"text": "It is.", "does": "resolve"})],
    "review-vote": [Call("review.vote", {"choice": "approve"})],
    "review-close": [Call("review.closed")],
    "review-withdraw": [Call("review.sign_off_withdrawn", {"reason": "Lost."}, FIRST_NUMBER)],
    "review-action": [Call("review.action_done", rows=FIRST_NUMBER)],
    "review-links": [Call("review.link_shared", {"name": "Board", "until": SOON, "parts": "decision"})],
    "review-revoke": [Call("review.link_revoked")],
    "evidence": [Call("evidence.received", a_file)],
    "artefact-kind": [Call("evidence.kind_declared", {"kind": "vault_config"}, {"artefact_id": "unread_id"})],
    "artefact-erase": [Call("evidence.erased", {"why": "Wrong cluster."}, before=release_the_hold)],
    "register-enter": [
        Call("modulecertificate.entered", CERTIFICATE, {"kind": "certificates"}),
        Call("attestation.entered", ATTESTATION, {"kind": "attestations"}),
        Call("waiver.asked", WAIVER, {"kind": "waivers"}),
        Call("exclusion.entered", EXCLUSION, {"kind": "exclusions"}),
    ],
    "shared-certificates": [Call("sharedcertificate.entered", {**CERTIFICATE, "seal": "pkcs11"})],
    "shared-certificate-end": [Call("sharedcertificate.ended", {"why": "Over."}, OF_THE_HOUSE)],
    "register-approve": [Call("waiver.approved", rows=OF_THE_WAIVER)],
    "register-end": [
        Call("attestation.ended", {"why": "Over."}),
        Call("waiver.ended", {"why": "Over."}, OF_THE_WAIVER),
    ],
    "packages": [Call("package.asked")],
    "package-cancel": [Call("package.cancelled")],
    "upkeep-schedule": [Call("schedule.set", {"every": "monthly"}), Call("schedule.dropped", {"every": ""})],
    "upkeep-hold": [Call("hold.placed", {"reason": "Court."})],
    "upkeep-release": [Call("hold.released", {"reason": "Over."})],
    "upkeep-retention": [Call("retention.set", {"days": "30"}), Call("retention.dropped", {"days": ""})],
}
PAGES_THAT_STORE_NOTHING = {
    "verify": "checks what it is given, and forgets",
    "set_language": "a cookie of the browser",
    "login": "the log has it (sign_in.log)", "account_login": "likewise",
    "logout": "likewise", "account_logout": "likewise",
    "account_reauthenticate": "the session only", "mfa_reauthenticate": "the session only",
    "mfa_reauthenticate_webauthn": "the session only", "mfa_authenticate": "a step of signing in",
    "mfa_edit_webauthn": "what its owner calls a key",
    "mfa_activate_totp": "test_sign_in.py", "mfa_deactivate_totp": "test_sign_in.py",
    "mfa_generate_recovery_codes": "test_sign_in.py", "mfa_add_webauthn": "test_second_factor.py",
    "mfa_remove_webauthn": "test_second_factor.py", "mfa_list_webauthn": "shows them",
    "mfa_view_recovery_codes": "shows them", "mfa_index": "shows them", "mfa_download_recovery_codes": "shows them",
    "socialaccount_connections": "test_sign_in.py", "socialaccount_signup": "test_sign_in.py",
    "socialaccount_login_cancelled": "says so", "socialaccount_login_error": "says so",
    "openid_connect_login": "test_sign_in.py", "openid_connect_callback": "test_sign_in.py",
    "account_inactive": "says so", "healthz": "", "readyz": "", "prometheus-django-metrics": "",
    "search": "", "trail": "", "fleet": "", "fleet-csv": "", "shared": "", "shared-meeting": "",
    "help": "", "help-questions": "", "help-options": "", "help-controls": "",
}  # fmt: skip


def address(world: World, route: str, rows: dict[str, Any]) -> str:
    def value(found: re.Match[str]) -> str:
        name = found[1]
        given = rows.get(name, name)
        return str(world.rows.get(given, NOBODYS if given == name else given))

    return "/" + re.sub(r"<\w+:(\w+)>", value, route)


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside happens to nobody else."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def left_behind(send: Callable[[str], Any], world: World, route: str, call: Call) -> str:
    """ "" where the right entry was left, else what is wrong."""
    with undone():
        if call.before is not None:
            call.before(world)
        last = LedgerEntry.objects.latest("index").index
        answer = send(address(world, route, call.rows) + call.query)
        new = LedgerEntry.objects.filter(index__gt=last, kind__in=trail.KINDS)
        writes = [trail.said(row) for row in new]
        if answer.status_code >= 400:
            return f"refused with {answer.status_code}: {answer.content[:300]!r}"
        if call.said not in [one.what for one in writes]:
            return f"status {answer.status_code}, no {call.said} among {[one.what for one in writes]}"
        unsaid = [one.what for one in writes if not (one.by and one.at and one.about and (one.before or one.after))]
        who = {one.by.partition(" (token")[0] for one in writes} - {"olga"}
        strange = [one.what for one in writes if one.what not in WHAT]
        return f"{unsaid} {who} {strange}" if unsaid or who or strange else ""


def test_every_write_over_the_api_leaves_its_entry(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    olga = APIClient(raise_request_exception=False)
    olga.force_login(world.olga.user, backend="django.contrib.auth.backends.ModelBackend")
    holes = []
    for endpoint in endpoints():
        call = API.get((endpoint.method, endpoint.name))
        if endpoint.method == "get" or (call is None and endpoint.name in STORES_NOTHING):
            continue
        if call is None:
            holes.append(f"{endpoint.method} {endpoint.route} is not in the table: what does it leave in the trail?")
            continue
        data = call.data() if callable(call.data) else call.data
        send = getattr(olga, endpoint.method)
        wrong = left_behind(lambda to, d=data, c=call, s=send: s(to, d, **c.more), world, endpoint.route, call)
        if wrong:
            holes.append(f"{endpoint.method} {endpoint.route}: {wrong}")
    with capsys.disabled():
        print(f"\ntrail of the API: {len(API)} ways to write, {len(holes)} holes")
    assert not holes, "\n".join(holes)


def test_every_write_on_a_page_leaves_its_entry(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    holes, calls = [], 0
    for route, entry in routes(get_resolver().url_patterns):
        name = entry.name or route
        if route.lstrip("^").startswith(("api/", "admin/")) or name in PAGES_THAT_STORE_NOTHING:
            continue
        olga = Client(raise_request_exception=False)
        olga.force_login(world.olga.user, backend="django.contrib.auth.backends.ModelBackend")
        if name not in PAGES:
            status = olga.post(address(world, route, {})).status_code
            if status != 405:
                holes.append(f"{name} ({route}) takes a POST ({status}) and is not in the table")
            continue
        for call in PAGES[name]:
            calls += 1
            data = call.data() if callable(call.data) else call.data
            wrong = left_behind(lambda to, d=data, b=olga: b.post(to, d), world, route, call)
            if wrong:
                holes.append(f"{name} {call.said}: {wrong}")
    with capsys.disabled():
        print(f"\ntrail of the pages: {calls} ways to write, {len(holes)} holes")
    assert not holes, "\n".join(holes)


def test_every_word_of_the_trail_belongs_to_a_thing_that_one_can_ask_for() -> None:
    nouns = {noun for thing in THINGS.values() for noun in thing.nouns}
    of_kinds = {
        "evidence",
        "package",
        "hold",
        "modulecertificate",
        "attestation",
        "exclusion",
        "waiver",
        "review",
        "sharedcertificate",
    }
    assert {what.partition(".")[0] for what in WHAT} <= nouns | of_kinds


def test_no_entry_holds_a_secret(world: World) -> None:
    """Of the world's own making: tokens, webhooks, links, first passwords."""
    _, secret = tokens.rotate_token(tokens.ApiToken.objects.get(pk=world.rows["token_id"]))
    _, password = people.make(world.design.organisation, actor=world.olga, name="wim", role="auditor")
    everything = json.dumps(list(LedgerEntry.objects.values_list("entry", flat=True)))
    assert [
        found for found in (secret, password, "whsec_", "sealadv_", "1234-planted-pin") if found in everything
    ] == []
