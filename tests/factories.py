"""The same few people everywhere: Alice architect, Rita reviewer, Carl compliance, Adam auditor, Olga administrator of
the bank; Mallory is the administrator of another organisation. Names say roles; passwords are of no account.
"""

from __future__ import annotations

from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from seal_advisor import services, tokens
from seal_advisor.access import TOKEN_SCOPES, Actor
from seal_advisor.models import ApiToken, Design, Membership, Organisation, User

PASSWORD = "correct horse battery staple"
ANSWERS = dict(services.SAMPLE_ANSWERS)
# The smallest configuration that is one: a secret in it, so that redaction is seen everywhere.
VAULT_HCL = b"""\
seal "pkcs11" {
  lib = "/usr/lib/libCryptoki2_64.so"
  slot = "0"
  pin = "1234-planted-pin"
  key_label = "vault-key"
  mechanism = "0x1087"
}
listener "tcp" {
  address = "0.0.0.0:8200"
  tls_cert_file = "/etc/vault/tls.crt"
  tls_key_file = "/etc/vault/tls.key"
  tls_min_version = "tls12"
}
storage "raft" {
  path = "/var/lib/vault"
  node_id = "a"
}
api_addr = "https://vault.example:8200"
cluster_addr = "https://vault.example:8201"
"""


class OrganisationFactory(DjangoModelFactory[Organisation]):
    class Meta:
        model = Organisation
        django_get_or_create = ("name",)

    name = "Bank"


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        django_get_or_create = ("username",)
        skip_postgeneration_save = True

    username = "alice"
    password = factory.django.Password(PASSWORD)


def member(username: str, role: str, organisation: Organisation | None = None) -> User:
    """A person with one role in one organisation."""
    user = UserFactory(username=username)
    Membership.objects.get_or_create(
        organisation=organisation or OrganisationFactory(), user=user, defaults={"role": role}
    )
    return user


def design(
    author: User | None = None, organisation: Organisation | None = None, answers: dict[str, str] | None = None
) -> Design:
    """A design of Alice's, with the sample's answers unless others are given."""
    house = organisation or OrganisationFactory()
    return services.create_design(
        organisation=house,
        actor=Actor(author or member("alice", "architect", house)),
        title="Payments",
        document={"answers": ANSWERS if answers is None else answers},
    )


def token(user: User, *scopes: str, design: Design | None = None) -> tuple[ApiToken, str]:
    """A token of the user in its first organisation, for all scopes unless some are named."""
    organisation = user.memberships.order_by("pk").get().organisation
    return tokens.issue_token(
        organisation=organisation,
        user=user,
        name="test",
        scopes=scopes or [str(scope) for scope in TOKEN_SCOPES],
        expires_at=timezone.now() + timedelta(days=1),
        design=design,
    )
