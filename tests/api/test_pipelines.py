"""CI jobs that prove who they are: a genuine token opens one design for an hour, and no forgery opens anything."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from rest_framework.test import APIClient

from evidence.models import Artefact, LedgerEntry
from seal_advisor.models import ApiToken, Design, PipelineBinding, User
from seal_advisor.pipelines import issuers as reading
from seal_advisor.pipelines.issuers import IssuersError
from tests import factories, issuer

pytestmark = pytest.mark.django_db
AUDIENCE = "https://seal.example"
ADDRESS = "/api/v1/pipelines/tokens/"


@pytest.fixture(scope="module")
def provider() -> Iterator[issuer.Issuer]:
    with issuer.running() as started:
        yield started


@pytest.fixture(autouse=True)
def _believed(provider: issuer.Issuer, settings: Any) -> None:
    text = f'[[issuer]]\nkind = "github"\nissuer = "{provider.address}"\naudience = "{AUDIENCE}"\nleeway = 30\n'
    settings.CI_ISSUERS = reading.read(text)
    provider.asked.clear()


@pytest.fixture
def admitted(design: Design, provider: issuer.Issuer) -> PipelineBinding:
    """The design admits the main branch of bank/vault-config; Olga, the administrator, said so over the API."""
    olga = APIClient()
    olga.force_login(factories.member("olga", "administrator"), backend="django.contrib.auth.backends.ModelBackend")
    body = {
        "issuer": provider.address,
        "claims": {"repository": "bank/vault-config", "ref": "refs/heads/main"},
        "scopes": ["read", "evidence:write"],
    }
    answer = olga.post(f"/api/v1/designs/{design.pk}/pipelines/", body)
    assert answer.status_code == 201, answer.content
    return PipelineBinding.objects.get(pk=answer.json()["id"])


def ask(design: Design, token: str) -> Any:
    return APIClient(raise_request_exception=False).post(ADDRESS, {"id_token": token, "design": str(design.pk)})


def test_a_genuine_job_hands_in_evidence_that_carries_its_claims(
    design: Design, provider: issuer.Issuer, admitted: PipelineBinding
) -> None:
    answer = ask(design, provider.token())
    assert answer.status_code == 201, answer.content
    claims = answer.json()["claims"]
    wanted = {"repository": "bank/vault-config", "commit": issuer.GITHUB_JOB["sha"], "run": "4711"}
    assert {name: claims[name] for name in wanted} == wanted
    job = APIClient()
    job.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['secret']}")
    address = f"/api/v1/designs/{design.pk}/evidence/raw/?name=vault.hcl"
    received = job.put(address, factories.VAULT_HCL, content_type="application/octet-stream")
    assert (received.status_code, received.json()["claims"]) == (201, claims)
    assert received.json()["uploader"].startswith("pipeline of bank/vault-config at 8f3c2a1d9e7b, run 4711")
    entry = json.loads(LedgerEntry.objects.get(kind="received").entry)
    assert entry["claims"] == Artefact.objects.get().claims == claims
    reader = Client()
    reader.force_login(User.objects.get(username="olga"), backend="django.contrib.auth.backends.ModelBackend")
    page = reader.get(f"/designs/{design.pk}/evidence/").content.decode()
    assert all(f"<dd>\n                          {claims[name]}" in page for name in wanted), "the page shows them"
    assert job.post(f"/api/v1/designs/{design.pk}/packages/").status_code == 403, "the binding does not allow it"
    assert job.post("/api/v1/designs/", {"title": "x"}).status_code == 403
    assert job.get("/api/v1/tokens/").json()["results"] == []


def hs256_with_the_public_key(provider: issuer.Issuer) -> str:
    """The oldest trick: the public key, which everybody has, taken as the secret of a symmetric signature."""
    public = provider.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    genuine = jwt.decode(provider.token(), options={"verify_signature": False})
    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "typ": "JWT", "kid": provider.kid}).encode())
    body = base64.urlsafe_b64encode(json.dumps(genuine).encode())
    signed = head.rstrip(b"=") + b"." + body.rstrip(b"=")
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    raw = signature.sign(signed, public)
    return (signed + b"." + base64.urlsafe_b64encode(raw).rstrip(b"=")).decode()


def with_alg_none(provider: issuer.Issuer) -> str:
    claims = jwt.decode(provider.token(), options={"verify_signature": False})
    return jwt.encode(claims, None, "none", headers={"kid": provider.kid})


def with_a_changed_claim(provider: issuer.Issuer) -> str:
    head, body, signature = provider.token(repository="mallory/x").split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    claims["repository"] = "bank/vault-config"
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{head}.{forged}.{signature}"


def now() -> int:
    return int(time.time())


FORGERIES: dict[str, Callable[[issuer.Issuer], str]] = {
    "alg none": with_alg_none,
    "wrong key": lambda one: one.token(key=issuer.new_key()),
    "HS256 with the public key": hs256_with_the_public_key,
    "another algorithm": lambda one: one.token(key=ec.generate_private_key(ec.SECP384R1()), algorithm="ES384"),
    "another family of key under a good id": lambda one: one.token(
        key=ec.generate_private_key(ec.SECP256R1()), algorithm="ES256"
    ),
    "unknown kid": lambda one: one.token(header={"kid": "second"}),
    "no kid": lambda one: one.token(header={"kid": None}),
    "kid of a path": lambda one: one.token(header={"kid": "../../dev/null"}),
    "its own key in the header": lambda one: one.token(
        key=(mine := issuer.new_key()), header={"jwk": issuer.public_jwk(mine, "first")}
    ),
    "keys from elsewhere": lambda one: one.token(
        key=issuer.new_key(), header={"jku": "http://127.0.0.1:1/keys", "x5u": "http://127.0.0.1:1/x"}
    ),
    "unknown extension": lambda one: one.token(header={"crit": ["exp2"], "exp2": 1}),
    "wrong audience": lambda one: one.token(aud="https://other.example"),
    "audience that only starts right": lambda one: one.token(aud=f"{AUDIENCE}.evil.example"),
    "no audience": lambda one: one.token(aud=None),
    "wrong issuer": lambda one: one.token(iss="https://token.actions.example"),
    "issuer with a slash more": lambda one: one.token(iss=f"{one.address}/"),
    "no issuer": lambda one: one.token(iss=None),
    "expired": lambda one: one.token(iat=now() - 600, nbf=now() - 600, exp=now() - 60),
    "no expiry": lambda one: one.token(exp=None),
    "expiry as a text": lambda one: one.token(exp=str(now() + 60)),
    "expiry beyond every calendar": lambda one: one.token(exp=10**15),
    "expiry at the end of the calendar": lambda one: one.token(exp=253_402_300_799),
    "expiry without end": lambda one: one.token(exp=float("inf")),
    "expiry that is no number": lambda one: one.token(exp=float("nan")),
    "not yet": lambda one: one.token(nbf=now() + 120),
    "issued in the future": lambda one: one.token(iat=now() + 120),
    "no subject": lambda one: one.token(sub=None),
    "changed claim": with_a_changed_claim,
    "cut": lambda one: one.token()[:-5],
    "no signature": lambda one: one.token().rpartition(".")[0] + ".",
    "no token": lambda one: "hello",
    "an encrypted one": lambda one: "e30.e30.e30.e30.e30",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_no_forgery_opens_anything(
    design: Design, provider: issuer.Issuer, admitted: PipelineBinding, forgery: str
) -> None:
    answer = ask(design, FORGERIES[forgery](provider))
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json"), answer.content
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    "claims",
    [
        {"repository": "mallory/vault-config"},
        {"repository": "bank/vault-config-evil"},
        {"repository": "BANK/vault-config"},
        {"repository": None},
        {"ref": "refs/heads/feature"},
        {"ref": ["refs/heads/main"]},
    ],
    ids=str,
)
def test_the_claims_of_another_job_are_not_admitted(
    design: Design, provider: issuer.Issuer, admitted: PipelineBinding, claims: dict[str, Any]
) -> None:
    answer = ask(design, provider.token(**claims))
    assert (answer.status_code, ApiToken.objects.count()) == (403, 0), answer.content


def test_an_admitted_job_opens_its_own_design_and_no_other(
    design: Design, provider: issuer.Issuer, admitted: PipelineBinding, alice: User
) -> None:
    other = factories.design(alice)
    strange = Design(pk="00000000-0000-0000-0000-000000000001")
    answers = [ask(one, provider.token()) for one in (other, strange)]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].json()["detail"] == answers[1].json()["detail"], "nobody learns which designs there are"


@pytest.mark.parametrize("jti", ["once", None])
def test_an_identity_token_is_taken_once(
    design: Design, provider: issuer.Issuer, admitted: PipelineBinding, jti: str | None
) -> None:
    token = provider.token(jti=jti)
    assert [ask(design, token).status_code for _ in range(2)] == [201, 401]
    assert ask(design, provider.token(jti="another")).status_code == 201


def test_another_signature_over_the_same_claims_is_not_another_token(
    design: Design, provider: issuer.Issuer, admitted: PipelineBinding
) -> None:
    """Of an ECDSA signature (r, s) everybody can make a second good one: (r, n - s)."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    key = ec.generate_private_key(ec.SECP256R1())
    public = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    provider.keys.append({**public, "kid": "curve", "use": "sig"})
    try:
        token = provider.token(key=key, algorithm="ES256", header={"kid": "curve"}, jti=None)
        signed, _, signature = token.rpartition(".")
        raw = base64.urlsafe_b64decode(signature + "==")
        other = raw[:32] + (order - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
        second = f"{signed}.{base64.urlsafe_b64encode(other).rstrip(b'=').decode()}"
        assert jwt.decode(second, key.public_key(), ["ES256"], audience=AUDIENCE)["iss"] == provider.address
        assert [ask(design, one).status_code for one in (token, second)] == [201, 401]
    finally:
        provider.keys.pop()


def test_a_clock_may_differ_by_the_leeway(design: Design, provider: issuer.Issuer, admitted: PipelineBinding) -> None:
    late = provider.token(iat=now() - 320, nbf=now() - 320, exp=now() - 20)
    early = provider.token(iat=now() + 20, nbf=now() + 20)
    assert [ask(design, one).status_code for one in (late, early)] == [201, 201]


def test_keys_are_kept_and_asked_for_again_when_one_is_new(
    design: Design, provider: issuer.Issuer, admitted: PipelineBinding
) -> None:
    for _ in range(3):
        assert ask(design, provider.token()).status_code == 201
    assert provider.asked.count("/keys") == 1
    fresh = issuer.new_key()
    provider.keys.append(issuer.public_jwk(fresh, "rotated"))
    try:
        rotated = provider.token(key=fresh, header={"kid": "rotated"})
        assert ask(design, rotated).status_code == 201, "a new key is found within a request"
        for _ in range(5):
            assert ask(design, provider.token(header={"kid": "invented"})).status_code == 401
        assert provider.asked.count("/keys") == 2, "invented ids do not make us ask again and again"
    finally:
        provider.keys.pop()


def test_two_keys_of_one_id_are_none(design: Design, provider: issuer.Issuer, admitted: PipelineBinding) -> None:
    provider.keys.append(issuer.public_jwk(issuer.new_key(), provider.kid))
    try:
        assert ask(design, provider.token()).status_code == 401
    finally:
        provider.keys.pop()


def test_an_issuer_that_does_not_answer_is_503_with_the_time_to_wait(design: Design, settings: Any) -> None:
    gone = "http://127.0.0.1:9"
    settings.CI_ISSUERS = reading.read(f'[[issuer]]\nissuer = "{gone}"\naudience = "{AUDIENCE}"\n')
    with issuer.running() as other:
        answer = ask(design, other.token(iss=gone))
    assert (answer.status_code, answer["Retry-After"]) == (503, "10"), answer.content


def test_an_ended_pipeline_gets_no_token_and_its_tokens_end(
    design: Design, provider: issuer.Issuer, admitted: PipelineBinding
) -> None:
    secret = ask(design, provider.token()).json()["secret"]
    job = APIClient()
    job.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert job.get(f"/api/v1/designs/{design.pk}/").status_code == 200
    olga = APIClient()
    olga.force_login(User.objects.get(username="olga"), backend="django.contrib.auth.backends.ModelBackend")
    assert olga.delete(f"/api/v1/designs/{design.pk}/pipelines/{admitted.pk}/").status_code == 204
    assert job.get(f"/api/v1/designs/{design.pk}/").status_code == 401
    assert ask(design, provider.token()).status_code == 403


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"issuer": "https://unknown.example"}, "believes"),
        ({"claims": {"ref": "refs/heads/main"}}, "repository"),
        ({"claims": {"repository": ""}}, "repository"),
        ({"scopes": ["administer"]}, "scopes"),
    ],
    ids=["issuer", "no repository", "empty repository", "scope"],
)
def test_a_binding_that_admits_too_much_is_refused(
    design: Design, provider: issuer.Issuer, body: dict[str, Any], words: str
) -> None:
    olga = APIClient()
    olga.force_login(factories.member("olga", "administrator"), backend="django.contrib.auth.backends.ModelBackend")
    whole = {"issuer": provider.address, "claims": {"repository": "a/b"}, "scopes": ["read"], **body}
    answer = olga.post(f"/api/v1/designs/{design.pk}/pipelines/", whole)
    assert (answer.status_code, words in answer.json()["detail"]) == (422, True), answer.content


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "[[issuer]]"),
        ("[[issuer]]\n", "audience"),
        ('[[issuer]]\naudience = "a"\n', "issuer is missing"),
        ('[[issuer]]\nkind = "circle"\naudience = "a"\n', "choose from"),
        ('[[issuer]]\nkind = "github"\naudience = "a"\naudeince = "b"\n', "did you mean 'audience'"),
        ('[[issuer]]\nkind = "github"\naudience = "a"\nalgorithms = ["HS256"]\n', "asymmetric"),
        ('[[issuer]]\nkind = "github"\naudience = "a"\nleeway = 3600\n', "leeway"),
        ('[[issuer]]\nissuer = "http://ci.example"\naudience = "a"\n', "https://"),
        ('[[issuer]]\nkind = "github"\naudience = "a"\n[[issuer]]\nkind = "github"\naudience = "b"\n', "twice"),
        ("not toml", "no TOML"),
    ],
)
def test_a_wrong_file_of_issuers_says_what_to_write(text: str, words: str) -> None:
    with pytest.raises(IssuersError) as refused:
        reading.read(text)
    assert words in str(refused.value)
