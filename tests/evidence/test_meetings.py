"""Review meetings against the database: what is frozen, who may decide, what is kept for good."""

from __future__ import annotations

import base64
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.http import Http404
from django.utils import timezone

from evidence import ledger_check
from evidence import services as evidence_services
from evidence.meetings import access, packaged, proceedings, services
from evidence.meetings.models import ActionItem, Minutes, Remark, Review, ShareLink, SignOff, Vote, Withdrawal
from evidence.models import LedgerEntry
from seal_advisor.access import Actor
from seal_advisor.models import Design, User
from seal_advisor.services import freeze_revision, record_answer
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(db: None) -> User:
    return factories.member("alice", "architect")


@pytest.fixture
def rita(db: None) -> User:
    return factories.member("rita", "reviewer")


@pytest.fixture
def olga(db: None) -> User:
    return factories.member("olga", "administrator")


@pytest.fixture
def design(alice: User) -> Design:
    made = factories.design(alice)
    evidence_services.receive_evidence(made, actor=Actor(alice), name="vault.hcl", data=factories.VAULT_HCL)
    return made


@pytest.fixture
def review(design: Design, alice: User) -> Review:
    return services.open_review(design, freeze_revision(design, actor=Actor(alice)), actor=Actor(alice), quorum=2)


def approve(review: Review, *people: User) -> Review:
    """Everybody approves and the last one closes."""
    for person in people:
        services.vote(review, actor=Actor(person), choice="approve")
    services.close(review, actor=Actor(people[-1]))
    return again(review)


def again(review: Review) -> Review:
    return access.review_or_404(Actor(review.opened_by), review.pk)


def test_a_review_freezes_the_revision_and_the_evidence_of_its_moment(review: Review, alice: User) -> None:
    later = factories.VAULT_HCL + b"# later\n"
    evidence_services.receive_evidence(review.design, actor=Actor(alice), name="later.hcl", data=later)
    assert [one["name"] for one in again(review).evidence] == ["vault.hcl"]
    kinds = [item.kind for item in proceedings.agenda_of(again(review), proceedings.judged(review))]
    assert kinds.count("new_evidence") == 1
    assert kinds.index("red_control") < kinds.index("new_evidence")


def test_two_reviews_of_one_design_do_not_go_on_at_once(review: Review, alice: User) -> None:
    with pytest.raises(ValidationError, match="is going on"):
        services.open_review(review.design, review.revision, actor=Actor(alice))


def test_the_author_cannot_approve_and_the_service_says_so(review: Review, alice: User) -> None:
    with pytest.raises(ValidationError, match="you wrote this revision"):
        services.vote(review, actor=Actor(alice), choice="approve")
    assert services.vote(review, actor=Actor(alice), choice="abstain").choice == "abstain"


def test_who_changed_an_answer_is_an_author_too(design: Design, alice: User, olga: User) -> None:
    record_answer(design, "budget", actor=Actor(olga), value="thousands")
    review = services.open_review(design, freeze_revision(design, actor=Actor(alice)), actor=Actor(alice))
    with pytest.raises(ValidationError, match="you wrote this revision"):
        services.vote(review, actor=Actor(olga), choice="approve")


@pytest.mark.parametrize("choice", ["approve", "conditions"])
def test_the_database_itself_refuses_an_author_who_approves(review: Review, alice: User, choice: str) -> None:
    with pytest.raises(DatabaseError, match="does not approve it"), transaction.atomic():
        Vote.objects.create(review=review, user=alice, choice=choice)
    assert Vote.objects.create(review=review, user=alice, choice="reject", reason="mine is wrong").pk


def test_the_database_itself_refuses_a_sign_off_by_an_author(review: Review, alice: User, rita: User) -> None:
    said = {"review": review, "decision_sha256": "", "ruleset_sha256": "", "evidence_sha256": ""}
    with pytest.raises(DatabaseError, match="does not approve it"), transaction.atomic():
        SignOff.objects.create(user=alice, **said)
    assert SignOff.objects.create(user=rita, **said).pk


def test_no_author_on_record_means_no_approval(review: Review, rita: User) -> None:
    made = Review.objects.create(
        design=review.design, revision=review.revision, number=9, state="approved", opened_by=rita
    )
    with pytest.raises(DatabaseError, match="does not approve it"), transaction.atomic():
        Vote.objects.create(review=made, user=rita, choice="approve")


def test_a_rejection_needs_its_reason_in_the_database_too(review: Review, rita: User) -> None:
    with pytest.raises(ValidationError, match="dissent is kept"):
        services.vote(review, actor=Actor(rita), choice="reject")
    with pytest.raises(DatabaseError), transaction.atomic():
        Vote.objects.create(review=review, user=rita, choice="reject")


def test_below_the_quorum_nothing_is_signed_off(review: Review, rita: User) -> None:
    services.vote(review, actor=Actor(rita), choice="approve")
    services.close(review, actor=Actor(rita))
    assert again(review).state == Review.State.NOT_APPROVED
    assert not SignOff.objects.exists()
    assert "1 of the quorum of 2 votes were missing" in Minutes.objects.get().text


def test_dissent_is_recorded_and_outvoted(review: Review, rita: User, olga: User) -> None:
    tom = factories.member("tom", "reviewer")
    services.vote(review, actor=Actor(tom), choice="reject", reason="No second HSM in region B.")
    assert approve(review, rita, olga).state == Review.State.APPROVED
    text = Minutes.objects.get().text
    assert "Approved (2 for, 1 against, 0 abstained; quorum 2)." in text
    assert "## Dissent\n\n- tom: No second HSM in region B." in text


def test_a_later_vote_replaces_the_earlier_one_and_both_are_kept(review: Review, rita: User, olga: User) -> None:
    services.vote(review, actor=Actor(rita), choice="reject", reason="Show me the certificate.")
    approve(review, olga, rita)
    assert Vote.objects.filter(user=rita).count() == 2
    assert "## Dissent\n\nNone." in Minutes.objects.get().text


def test_a_condition_becomes_an_action_item_with_owner_and_day(review: Review, rita: User, olga: User) -> None:
    due = timezone.now().date() + timedelta(days=14)
    services.vote(
        review, actor=Actor(rita), choice="conditions", conditions=[("Rotate the PIN", review.opened_by, due)]
    )
    approved = approve(review, olga)
    assert approved.state == Review.State.APPROVED
    item = access.action_items_of(approved).get()
    assert (item.text, item.owner.username, item.due, item.done_at) == ("Rotate the PIN", "alice", due, None)
    assert f"| Rotate the PIN | alice | {due} |" in Minutes.objects.get().text
    assert services.finish_action(item, actor=Actor(review.opened_by)).done_by == review.opened_by


@pytest.mark.parametrize(
    ("subject", "known"),
    [
        ("answer:boundary", True),
        ("reason:R032", True),
        ("control:C-TL-01", True),
        ("answer:boundry", False),
        ("control:C-XX-99", False),
        ("artefact:nothing", False),
        ("", False),
    ],
)
def test_a_remark_is_about_something_that_is_there(review: Review, rita: User, subject: str, known: bool) -> None:
    if known:
        assert services.remark(review, actor=Actor(rita), subject=subject, text="Why?").subject == subject
    else:
        with pytest.raises(ValidationError, match="nothing here is called"):
            services.remark(review, actor=Actor(rita), subject=subject, text="Why?")


def test_a_remark_about_an_artefact_of_the_set(review: Review, rita: User) -> None:
    subject = f"artefact:{review.evidence[0]['id']}"
    services.remark(review, actor=Actor(rita), subject=subject, text="Which node?")
    assert proceedings.about(review, subject) == "vault.hcl"


def test_a_thread_is_answered_resolved_and_opened_again(review: Review, alice: User, rita: User) -> None:
    first = services.remark(review, actor=Actor(rita), subject="answer:hsm", text="Is it in service?")
    services.remark(review, actor=Actor(alice), subject="", text="Since May.", thread=first)
    assert [one.kind for one in proceedings.agenda_of(again(review), ())].count("remark") == 1
    services.settle(first, actor=Actor(rita), text="Seen the contract.")
    assert [one.kind for one in proceedings.agenda_of(again(review), ())].count("remark") == 0
    services.settle(first, actor=Actor(alice), again=True)
    (_, entries), *_ = proceedings.threads(again(review))
    assert [(one.author.username, one.does) for one in entries] == [
        ("rita", ""), ("alice", ""), ("rita", "resolve"), ("alice", "reopen"),
    ]  # fmt: skip


def test_a_closed_review_takes_no_more_votes_and_remarks(review: Review, rita: User, olga: User) -> None:
    closed = approve(review, rita, olga)
    for late in (
        lambda: services.vote(closed, actor=Actor(rita), choice="abstain"),
        lambda: services.remark(closed, actor=Actor(rita), subject="answer:hsm", text="Late"),
        lambda: services.close(closed, actor=Actor(rita)),
    ):
        with pytest.raises(ValidationError, match="this review is closed"):
            late()


def test_a_sign_off_freezes_answers_decision_and_evidence(review: Review, rita: User, olga: User) -> None:
    sign_off = approve(review, rita, olga).sign_off
    assert sign_off.decision_sha256 == review.revision.decision_sha256
    assert sign_off.evidence == review.evidence
    record_answer(review.design, "boundary", actor=Actor(review.opened_by), value="anywhere")
    sign_off.review.revision.refresh_from_db()
    assert sign_off.review.revision.answers["answers"]["boundary"] == "dedicated_hsm"


@pytest.mark.parametrize("model", [Remark, Vote, Minutes, SignOff, Withdrawal, Review.authors.through])
def test_what_was_said_and_signed_only_grows(review: Review, rita: User, olga: User, model: type) -> None:
    services.remark(review, actor=Actor(rita), subject="answer:hsm", text="Seen.")
    sign_off = approve(review, rita, olga).sign_off
    services.withdraw(sign_off, actor=Actor(rita), reason="The HSM was lost.")
    table = model._meta.db_table  # type: ignore[attr-defined]
    assert model.objects.exists()  # type: ignore[attr-defined]
    for sql in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_a_withdrawal_has_a_reason_and_happens_once(review: Review, rita: User, olga: User) -> None:
    sign_off = approve(review, rita, olga).sign_off
    with pytest.raises(ValidationError, match="say why"):
        services.withdraw(sign_off, actor=Actor(rita), reason=" ")
    services.withdraw(sign_off, actor=Actor(rita), reason="The HSM was lost.")
    with pytest.raises(ValidationError, match="withdrawn already"):
        services.withdraw(sign_off, actor=Actor(olga), reason="Again.")
    assert SignOff.objects.get().withdrawal.reason == "The HSM was lost."


def test_the_minutes_are_signed_and_openssl_agrees(review: Review, rita: User, olga: User, tmp_path: Path) -> None:
    approve(review, rita, olga)
    kept = Minutes.objects.get()
    (tmp_path / "minutes.md").write_text(kept.text, encoding="utf-8")
    (tmp_path / "minutes.sig").write_bytes(base64.b64decode(kept.signature))
    (tmp_path / "certificate.pem").write_text(kept.certificate, encoding="ascii")
    run = {"cwd": tmp_path, "capture_output": True, "text": True}
    key = subprocess.run(["openssl", "x509", "-in", "certificate.pem", "-pubkey", "-noout"], **run)
    (tmp_path / "public.pem").write_text(key.stdout, encoding="ascii")
    check = ["openssl", "dgst", "-sha256", "-verify", "public.pem", "-signature", "minutes.sig", "minutes.md"]
    assert subprocess.run(check, **run).stdout.strip() == "Verified OK"
    (tmp_path / "minutes.md").write_text(kept.text.replace("for", "against", 1), encoding="utf-8")
    assert subprocess.run(check, **run).returncode == 1


def test_every_step_enters_the_ledger_and_it_is_whole(review: Review, rita: User, olga: User) -> None:
    services.remark(review, actor=Actor(rita), subject="answer:hsm", text="Seen.")
    services.withdraw(approve(review, rita, olga).sign_off, actor=Actor(rita), reason="Lost.")
    said = [row.entry for row in LedgerEntry.objects.filter(kind="review")]
    steps = ["review opened", "remark", "vote", "vote", "signed off", "review closed", "sign-off withdrawn"]
    assert [next(step for step in steps if f'"what":"{step}"' in entry) for entry in said] == steps
    assert ledger_check.faults() == []


@pytest.fixture
def signed(review: Review, rita: User, olga: User) -> SignOff:
    return approve(review, rita, olga).sign_off


def test_a_sign_off_stands_while_nothing_moves(signed: SignOff) -> None:
    assert proceedings.lapsed(signed) == ()


def test_a_sign_off_lapses_when_the_deployed_configuration_drifts(signed: SignOff, alice: User) -> None:
    looser = factories.VAULT_HCL.replace(b'"tls12"', b'"tls10"')
    evidence_services.receive_evidence(signed.review.design, actor=Actor(alice), name="vault.hcl", data=looser)
    reasons = proceedings.lapsed(signed)
    assert any("tls_min_version was tls12 and is tls10" in reason for reason in reasons), reasons


def test_a_sign_off_lapses_when_a_certificate_that_held_no_longer_does(signed: SignOff) -> None:
    signed.verdicts["C-CM-01"]["verdict"] = "pass"
    assert any("C-CM-01) held when it was signed off" in reason for reason in proceedings.lapsed(signed))


def test_a_sign_off_lapses_when_a_later_ruleset_decides_otherwise(
    signed: SignOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Later:
        outcome, sentence = "changed", "No option satisfies these answers."

    monkeypatch.setattr(proceedings.revisions, "under_current", lambda revision: Later)
    assert proceedings.lapsed(signed)[0] == (
        "The ruleset has changed and decides otherwise: No option satisfies these answers."
    )


def test_a_share_link_opens_until_it_expires_or_is_revoked(review: Review, alice: User) -> None:
    soon = timezone.now() + timedelta(days=1)
    link, secret = services.share(review, actor=Actor(alice), name="board", parts=["decision"], expires_at=soon)
    assert secret not in str(vars(ShareLink.objects.get()))
    assert access.shared_or_404(secret).pk == link.pk
    ShareLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert _closed(secret)
    ShareLink.objects.update(expires_at=soon)
    services.revoke(link, actor=Actor(alice))
    assert _closed(secret)


def _closed(secret: str) -> bool:

    with pytest.raises(Http404):
        access.shared_or_404(secret)
    return True


@pytest.mark.parametrize(
    ("parts", "days", "said"),
    [
        ([], 1, "choose from"),
        (["answers"], 1, "choose from"),
        (["decision"], 31, "at most 30"),
        (["decision"], -1, "at most"),
    ],
)
def test_a_share_link_without_a_part_or_for_too_long_is_refused(
    review: Review, alice: User, parts: list[str], days: int, said: str
) -> None:
    until = timezone.now() + timedelta(days=days)
    with pytest.raises(ValidationError, match=said):
        services.share(review, actor=Actor(alice), name="x", parts=parts, expires_at=until)
    assert not ActionItem.objects.exists()


def test_the_next_package_carries_minutes_record_and_words_as_of_its_moment(signed: SignOff, rita: User) -> None:
    design, asked = signed.review.design, timezone.now()
    services.withdraw(signed, actor=Actor(rita), reason="The HSM was lost.")
    papers = packaged.papers_until(design, asked)
    assert [name[4:] for name in papers] == ["adr.md", "minutes.md", "minutes.md.sig", "signer.pem", "review.json"]
    assert papers["001-adr.md"].startswith(b"# How the root key is sealed")
    assert papers["001-minutes.md"].decode() == signed.review.minutes.text
    assert [one.said for one in packaged.sign_offs_until(design, asked)] == ["approve", "approve", "signed_off"]
    assert [one.said for one in packaged.sign_offs_until(design, timezone.now())][-1] == "withdrawn"
    assert packaged.papers_until(design, signed.review.created_at) == {}
