"""The review pages: one point at a time, a what-if that changes nothing, votes, minutes, links for guests."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evidence import services as evidence_services
from evidence.meetings import services
from evidence.meetings.models import ActionItem, Review, SignOff, Vote
from evidence.meetings.records import states
from seal_advisor.access import Actor, designs_for
from seal_advisor.models import Design, User
from seal_advisor.services import freeze_revision
from tests import factories
from tests.web.pages import address, sentence, text, tree


@pytest.fixture
def rita(db: None) -> User:
    return factories.member("rita", "reviewer")


@pytest.fixture
def review(design: Design, alice: User) -> Review:
    evidence_services.receive_evidence(design, actor=Actor(alice), name="vault.hcl", data=factories.VAULT_HCL)
    return services.open_review(design, freeze_revision(design, actor=Actor(alice)), actor=Actor(alice), quorum=1)


@pytest.fixture
def reviewer(rita: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(rita)


def part(review: Review, more: str = "") -> str:
    return address(review.design, f"reviews/{review.number}/{more}")


def test_the_draft_is_frozen_and_sent_to_review(web: Client, design: Design) -> None:
    answer = web.post(address(design, "reviews/"), {"revision": "", "quorum": "2"}, follow=True)
    assert "Revision 1 is in review." in text(answer)
    review = Review.objects.get()
    assert (review.revision.number, review.quorum) == (1, 2)
    assert "Send to review" not in text(web.get(address(design, "reviews/")))


@pytest.mark.parametrize("form", [{"quorum": "0"}, {"quorum": "2", "deadline": "2020-01-01"}, {"quorum": ""}])
def test_a_review_that_cannot_be_opened_says_why(web: Client, design: Design, form: dict[str, str]) -> None:
    answer = web.post(address(design, "reviews/"), {"revision": "", **form})
    assert answer.status_code == 422
    assert tree(answer).xpath("//*[@role='alert']")
    assert not Review.objects.exists()


def test_the_meeting_shows_one_point_at_a_time_and_its_place(web: Client, review: Review) -> None:
    opening = web.get(address(review.design, "review/"))
    points = tree(opening).xpath("//ol[contains(@class,'stage-list')]/li")
    assert sentence(opening) == "Keep the seal key in an HSM and let Vault unseal over PKCS#11."
    first = web.get(address(review.design, "review/?item=1"))
    assert f"1 of {len(points) + 1}" in text(first)
    assert tree(first).xpath("//a[@rel='prev']")
    assert tree(first).xpath("//a[@rel='next']")
    last = web.get(address(review.design, "review/?item=99999"))
    assert not tree(last).xpath("//a[@rel='next']")


def test_without_a_review_the_meeting_is_a_preview_of_the_draft(web: Client, design: Design) -> None:
    assert "Preview: the draft is not in review" in text(web.get(address(design, "review/")))


def place_of(web: Client, design: Design, words: str) -> str:
    """The address of the agenda's point with these words."""
    links = tree(web.get(address(design, "review/"))).xpath("//ol[contains(@class,'stage-list')]//a")
    return next(str(link.get("href")) for link in links if words in link.text_content())


def test_trying_another_answer_shows_its_result_and_changes_nothing(web: Client, alice: User) -> None:
    design = factories.design(alice, answers={**factories.ANSWERS})
    web.post(address(design, "answers/"), {"only": "boundary", "boundary": "dedicated_hsm", "boundary.unsure": "on"})
    services.open_review(design, freeze_revision(design, actor=Actor(alice)), actor=Actor(alice))
    there = place_of(web, design, "Where may the seal key exist in plain text?")
    before = _everything()
    with CaptureQueriesContext(connection) as queries:
        tried = web.get(f"{there}&value=anywhere")
    assert "Tried out only: nothing was changed." in text(tried)
    written = [one["sql"] for one in queries if re.match(r"(INSERT|UPDATE|DELETE)", one["sql"])]
    assert written == []
    assert _everything() == before
    assert "Tried out only" not in text(web.get(f"{there}&value=nonsense"))


def _everything() -> str:
    """All of a design's rows, as one text."""
    rows = [*Design.objects.values("answers", "version", "updated_at"), *Review.objects.values()]
    return json.dumps(rows, default=str, sort_keys=True)


def test_a_remark_is_made_where_the_point_stands_and_comes_back_there(reviewer: Client, review: Review) -> None:
    posted = {"subject": "control:C-TL-01", "text": "Which <b>suite</b>?", "from": "1"}
    answer = reviewer.post(part(review, "remarks/"), posted)
    assert answer["Location"] == address(review.design, "review/") + "?item=1"
    shown = reviewer.get(part(review))
    assert "Which <b>suite</b>?" in text(shown)
    assert b"&lt;b&gt;suite" in shown.content
    assert "Which" in text(reviewer.get(address(review.design, "review/")))


def test_a_thread_is_answered_and_resolved_on_the_page(reviewer: Client, web: Client, review: Review) -> None:
    reviewer.post(part(review, "remarks/"), {"subject": "answer:hsm", "text": "Is it in service?"})
    href = tree(web.get(part(review))).xpath("//article[contains(@class,'thread')]//form/@action")[0]
    web.post(href, {"text": "Since May."})
    reviewer.post(href, {"text": "", "does": "resolve"})
    said = text(web.get(part(review)))
    assert "Since May." in said
    assert "Resolved" in said


def test_vote_close_and_the_minutes_are_there(reviewer: Client, review: Review) -> None:
    began = timezone.now()
    reviewer.post(part(review, "vote/"), {"choice": "approve"})
    page = reviewer.post(part(review, "close/"), follow=True)
    minutes = reviewer.get(part(review, "files/minutes.md"))
    assert timezone.now() - began < timedelta(seconds=10)
    assert "Signed off" in text(page)
    assert minutes.content.decode().startswith("# Minutes: review 1 of Payments")
    assert reviewer.get(part(review, "files/minutes.md.sig")).status_code == 200
    assert reviewer.get(part(review, "files/adr.md")).content.decode().startswith("# How the root key is sealed")
    assert json.loads(reviewer.get(part(review, "files/review.json")).content)["approved"] is True
    assert reviewer.get(part(review, "files/other.txt")).status_code == 404


def test_an_author_is_told_and_refused(review: Review, alice: User, signed_in: Callable[[User], Client]) -> None:
    olga = factories.member("olga", "administrator")
    services.vote(review, actor=Actor(olga), choice="abstain")
    review.design.organisation.memberships.filter(user=alice).update(role="administrator")
    web = signed_in(alice)
    assert "You wrote this revision, so you cannot approve it." in text(web.get(part(review)))
    answer = web.post(part(review, "vote/"), {"choice": "approve"})
    assert (answer.status_code, "you wrote this revision" in text(answer)) == (422, True)
    assert not Vote.objects.filter(user=alice).exists()


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"choice": "reject"}, "say why"),
        ({"choice": "conditions", "condition": "x", "owner": "mallory", "due": "2030-01-01"}, "has an owner"),
        ({"choice": "conditions", "condition": "x", "owner": "alice", "due": "soon"}, "2026-12-31"),
        ({"choice": "conditions", "condition": " ", "owner": "alice", "due": "2030-01-01"}, "what must be done"),
        ({"choice": "maybe"}, "choose one of"),
    ],
)
def test_a_vote_that_does_not_count_says_why(reviewer: Client, review: Review, form: dict[str, str], said: str) -> None:
    answer = reviewer.post(part(review, "vote/"), form)
    assert answer.status_code == 422
    assert said in text(answer)
    assert not Vote.objects.exists()


def test_a_condition_has_an_owner_and_a_day_and_is_marked_as_done(
    reviewer: Client, web: Client, review: Review
) -> None:
    form = {"choice": "conditions", "condition": "Rotate the PIN", "owner": "alice", "due": "2030-01-31"}
    reviewer.post(part(review, "vote/"), form)
    reviewer.post(part(review, "close/"))
    assert "Rotate the PIN alice 2030-01-31" in text(web.get(part(review)))
    web.post(part(review, f"actions/{ActionItem.objects.get().pk}/"))
    assert ActionItem.objects.get().done_by.username == "alice"


def signed(review: Review, reviewer: Client) -> SignOff:
    reviewer.post(part(review, "vote/"), {"choice": "approve"})
    reviewer.post(part(review, "close/"))
    return SignOff.objects.get()


def test_the_home_page_says_where_each_review_stands(
    web: Client, reviewer: Client, review: Review, alice: User
) -> None:
    assert "In review: 0 of 1 votes" in text(web.get("/"))
    signed(review, reviewer)
    assert "Signed off" in text(web.get("/"))
    looser = factories.VAULT_HCL.replace(b'"tls12"', b'"tls10"')
    evidence_services.receive_evidence(review.design, actor=Actor(alice), name="vault.hcl", data=looser)
    assert "Sign-off lapsed" in text(web.get("/"))
    page = text(web.get(part(review)))
    assert "This sign-off has lapsed" in page
    assert "tls_min_version was tls12 and is tls10" in page


def test_a_sign_off_is_withdrawn_with_a_reason_and_stays_visible(reviewer: Client, review: Review) -> None:
    signed(review, reviewer)
    assert reviewer.post(part(review, "withdraw/"), {"reason": ""}).status_code == 422
    reviewer.post(part(review, "withdraw/"), {"reason": "The HSM was lost."})
    assert "rita withdrew it: The HSM was lost." in text(reviewer.get(part(review)))
    assert "Withdrawn" in text(reviewer.get("/"))


def make_link(web: Client, review: Review, *parts: str) -> str:
    until = (timezone.now() + timedelta(days=7)).date().isoformat()
    made = web.post(part(review, "links/"), {"name": "Board", "until": until, "parts": parts})
    assert made.status_code == 201
    return str(tree(made).xpath("//a[contains(@href,'/shared/')]/@href")[0]).removeprefix("http://testserver")


def test_a_guest_sees_through_a_link_what_it_shows_and_nothing_else(web: Client, review: Review) -> None:
    guest = Client()
    href = make_link(web, review, "decision", "agenda")
    page = guest.get(href)
    assert page.status_code == 200
    assert "Every option" in text(page)
    assert "C-TL-01" not in text(page)
    assert (page["Referrer-Policy"], "no-store" in page["Cache-Control"]) == ("no-referrer", True)
    meeting = guest.get(f"{href}meeting/?item=1")
    assert "1 of" in text(meeting)
    assert not tree(meeting).xpath("//form")
    assert guest.get(f"{make_link(web, review, 'controls')}meeting/").status_code == 404
    assert "/designs/" not in meeting.content.decode()
    assert guest.post(href).status_code == 405


def test_a_link_to_the_decision_does_not_tell_what_runs_when_the_sign_off_lapses(
    web: Client, reviewer: Client, review: Review, alice: User
) -> None:
    evidence_services.receive_evidence(review.design, actor=Actor(alice), name="vault.hcl", data=factories.VAULT_HCL)
    reviewer.post(part(review, "close/"))
    assert web.post(address(review.design, "reviews/"), {"quorum": "1"}).status_code == 302
    second = review.design.reviews.order_by("-number").first()
    signed(second, reviewer)
    moved = factories.VAULT_HCL.replace(b'"tls12"', b'"tls10"')
    evidence_services.receive_evidence(second.design, actor=Actor(alice), name="vault.hcl", data=moved)
    seen = {parts: text(Client().get(make_link(web, second, *parts))) for parts in (("decision",), ("controls",))}
    assert all("This sign-off has lapsed" in page for page in seen.values())
    assert "tls_min_version was tls12" not in seen["decision",]
    assert "tls_min_version was tls12" in seen["controls",]
    assert "Keep the seal key in an HSM" in seen["decision",]
    assert "Keep the seal key in an HSM" not in seen["controls",]


def test_a_link_that_is_revoked_expired_or_invented_shows_nothing(web: Client, review: Review) -> None:
    guest, href = Client(), make_link(web, review, "decision")
    revoke = tree(web.get(part(review))).xpath(
        "//form[contains(@action,'/links/') and contains(@class,'inline')]/@action"
    )
    web.post(revoke[0])
    assert guest.get(href).status_code == 404
    assert guest.get("/shared/invented/").status_code == 404


def test_an_auditor_reads_a_review_and_changes_nothing(review: Review, signed_in: Callable[[User], Client]) -> None:
    adam = signed_in(factories.member("adam", "auditor"))
    assert adam.get(part(review)).status_code == 200
    for post in ("remarks/", "vote/", "close/", "withdraw/", "links/"):
        assert adam.post(part(review, post)).status_code == 403, post
    assert adam.post(address(review.design, "reviews/"), {"quorum": "1"}).status_code == 403
    forms = tree(adam.get(part(review))).xpath("//main//form")
    assert forms == []


def test_where_reviews_stand_costs_a_constant_number_of_queries(
    web: Client, review: Review, reviewer: Client, alice: User
) -> None:
    signed(review, reviewer)

    def asked() -> int:
        designs = list(designs_for(Actor(alice)))
        states(designs, evidence_services.receipts(designs))  # what was judged is kept
        with CaptureQueriesContext(connection) as queries:
            states(designs, evidence_services.receipts(designs))
        return len(queries)

    one = asked()
    for _ in range(4):
        more = factories.design(alice)
        services.open_review(more, freeze_revision(more, actor=Actor(alice)), actor=Actor(alice))
    assert asked() == one


def test_a_character_that_no_database_holds_is_left_out(reviewer: Client, review: Review) -> None:
    assert reviewer.post(part(review, "remarks/"), {"subject": "answer:hsm", "text": "in\0side"}).status_code == 302
    assert "inside" in text(reviewer.get(part(review)))
