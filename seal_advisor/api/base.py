"""What every API class shares: a policy per method, one door to designs, ETags.

A class without a policy for a method that it answers cannot be defined, so no endpoint is open by oversight.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Final
from uuid import UUID

from django.core.exceptions import PermissionDenied
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from seal_advisor.access import Action, Actor, actor_of, design_or_404
from seal_advisor.api.problems import Problem
from seal_advisor.models import ApiToken, Design

VERSION_DIGITS = 18
METHODS = ("get", "post", "put", "patch", "delete")


class Public:
    """The policy of an endpoint that needs no account: it shows and stores nothing of anybody."""


class SignedIn:
    """The policy of an endpoint that shows or changes only what belongs to the caller."""


PUBLIC: Final = Public()
SIGNED_IN: Final = SignedIn()
Policy = Action | Public | SignedIn


class PolicyPermission(BasePermission):
    """Anonymous callers pass only where the policy says PUBLIC, tokens only where they have the scope that it names.

    The rows themselves are guarded by access.py.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        method = _answered_by(request)
        policy = getattr(view, "policy", {}).get(method)
        if policy is None and method != "options":
            raise MethodNotAllowed(method.upper())
        if isinstance(request.auth, ApiToken) and isinstance(policy, Action) and policy not in request.auth.scopes:
            raise PermissionDenied(f"the token lacks the scope {policy}")
        return isinstance(policy, Public) or bool(request.user and request.user.is_authenticated)


class ApiView(APIView):
    """An API class. Its policy stands in its head: `class Designs(ApiView, get=Action.READ, post=PUBLIC)`."""

    permission_classes = (PolicyPermission,)
    policy: ClassVar[Mapping[str, Policy]] = MappingProxyType({})

    def __init_subclass__(cls, **policy: Policy) -> None:
        super().__init_subclass__()
        answered = {method for method in METHODS if hasattr(cls, method)}
        if answered != set(policy):
            raise TypeError(f"{cls.__name__}: policy names {sorted(policy)}, the class answers {sorted(answered)}")
        cls.policy = MappingProxyType(policy)

    @property
    def actor(self) -> Actor:
        return actor_of(self.request)

    @property
    def needs(self) -> Action:
        """The action that the policy asks for this request."""
        policy = self.policy[_answered_by(self.request)]
        if not isinstance(policy, Action):
            raise TypeError(f"{type(self).__name__} asks for an action, but its policy names none")
        return policy

    def design(self, design_id: UUID) -> Design:
        """The design, if the caller sees it (404) and may do what the policy says (403)."""
        return design_or_404(self.actor, design_id, self.needs)


def _answered_by(request: Request) -> str:
    """The method whose policy counts: HEAD asks for what GET shows."""
    method = (request.method or "").lower()
    return "get" if method == "head" else method


def etag(design: Design) -> str:
    return f'"v{design.version}"'


def version_of(request: Request, *, required: bool) -> int | None:
    """The version in `If-Match`; None: any will do. 428 when required and absent, 412 when it is no ETag."""
    given = request.headers.get("If-Match", "").strip()
    if given == "*":
        return None
    if not given:
        if required:
            raise Problem(428, "if_match", "send If-Match with the ETag that the design had when you read it")
        return None
    number = given.removeprefix("W/").strip('"').removeprefix("v")
    if not number.isascii() or not number.isdecimal() or len(number) > VERSION_DIGITS:
        raise Problem(412, "lost_update", f"If-Match: {given[:80]} is no ETag of this design")
    return int(number)
