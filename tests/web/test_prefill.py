"""Answers from a pasted or uploaded configuration: shown with their lines, taken over one by one, the text not kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from evidence.models import Artefact, LedgerEntry
from seal_advisor import services
from seal_advisor.access import Actor
from seal_advisor.models import AnswerChange, Design, User
from tests import factories
from tests.web.pages import address, text, tree

CONFIG = """\
seal "pkcs11" {
  lib = "/usr/lib/libCryptoki2_64.so"
  slot = "0"
  pin = "1234-planted-pin"
  key_label = "vault-key"
  hmac_key_label = "hmac"
}
listener "tcp" {
  address = "0.0.0.0:8200"
}
storage "raft" {
  path = "/var/lib/vault"
  retry_join {
    auto_join = "provider=aws tag_key=x"
  }
}
license_path = "/etc/vault/licence"
"""


@pytest.fixture
def blank(alice: User) -> Design:
    return factories.design(alice, answers={"hosting": "gcp"})


def place(design: Design) -> str:
    return address(design, "answers/prefill/")


def test_a_pasted_configuration_shows_each_answer_with_its_line_and_stores_nothing(web: Client, blank: Design) -> None:
    entries = LedgerEntry.objects.count()
    answer = web.post(place(blank), {"text": CONFIG})
    shown = text(answer)
    assert "line 1" in shown
    assert "only its HSM build has the PKCS#11 seal" in shown.replace("Only", "only")
    assert "line 14: retry_join finds its peers through provider=aws" in shown.replace("Retry", "retry")
    assert "taken out before it was looked at" in shown
    assert b"planted" not in answer.content
    marked = {one.get("value") for one in tree(answer).xpath("//input[@name='accept'][@checked]")}
    assert marked == {"platform", "migrating_from"}, "an answer that is given already is never marked beforehand"
    blank.refresh_from_db()
    assert blank.answers["answers"] == {"hosting": "gcp"}
    assert not Artefact.objects.exists()
    assert LedgerEntry.objects.count() == entries


def test_only_the_accepted_answers_are_taken_over_with_their_line_in_the_note(web: Client, blank: Design) -> None:
    page = tree(web.post(place(blank), {"file": SimpleUploadedFile("vault.hcl", CONFIG.encode())}))
    form = {one.get("name"): one.get("value") for one in page.xpath("//form//input[@type='hidden']")}
    web.post(place(blank), {**form, "accept": ["platform"], "accept-answers": "yes"})
    blank.refresh_from_db()
    assert blank.answers["answers"] == {"hosting": "gcp", "platform": "vault_enterprise_hsm"}
    assert blank.answers["notes"]["platform"].startswith("taken from line 1: ")
    assert AnswerChange.objects.filter(design=blank, question="platform", part="answers").count() == 1


def test_a_note_that_is_there_stays(web: Client, blank: Design, alice: User) -> None:
    services.record_answer(blank, "platform", actor=Actor(alice), value="vault_enterprise", note="asked Ann")
    blank.refresh_from_db()
    sent = {"accept": ["platform"], "value.platform": "vault_enterprise_hsm", "note.platform": "taken from line 1: x"}
    web.post(place(blank), {**sent, "accept-answers": "yes", "version": blank.version})
    blank.refresh_from_db()
    assert blank.answers["notes"]["platform"] == "asked Ann; taken from line 1: x"


def test_answers_that_changed_since_are_not_overwritten(web: Client, blank: Design, alice: User) -> None:
    seen = blank.version
    services.record_answer(blank, "platform", actor=Actor(alice), value="openbao_2_7")
    sent = {"accept": ["platform"], "value.platform": "vault_enterprise_hsm", "note.platform": "x", "version": seen}
    answer = web.post(place(blank), {**sent, "accept-answers": "yes"})
    assert (answer.status_code, "somebody has changed the answers since" in text(answer)) == (422, True)
    blank.refresh_from_db()
    assert blank.answers["answers"]["platform"] == "openbao_2_7"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("", "Paste a configuration or choose a file."),
        ('seal "pkcs11" {\n  pin = "planted-secret\n', "line 2"),
        ("[Unit]\nDescription=vault\n[Service]\nExecStart=/usr/bin/vault server\n", "no server configuration"),
        ("x = 1\n" * 60000, "256 KiB"),
        ('listener "tcp" {\n  address = "{{ planted }}"\n}\n', "line 2"),
    ],
    ids=["nothing", "broken", "another kind", "too long", "template"],
)
def test_what_cannot_be_read_is_refused_with_the_place_and_never_repeated(
    web: Client, blank: Design, sent: str, said: str
) -> None:
    answer = web.post(place(blank), {"text": sent})
    assert (answer.status_code, said in text(answer)) == (422, True), text(answer)[:600]
    assert b"planted" not in answer.content


def test_a_value_that_is_none_of_the_question_is_refused(web: Client, blank: Design) -> None:
    sent = {"accept": ["platform"], "value.platform": "vault_entreprise", "accept-answers": "yes"}
    answer = web.post(place(blank), sent)
    assert (answer.status_code, "vault_enterprise" in text(answer)) == (422, True)


def test_it_changes_answers_and_so_is_for_those_who_may(
    web: Client, blank: Design, signed_in: Callable[[User], Client]
) -> None:
    adam = signed_in(factories.member("adam", "auditor"))
    assert adam.post(place(blank), {"text": CONFIG}).status_code == 403
    assert place(blank) in web.get(address(blank)).content.decode()
