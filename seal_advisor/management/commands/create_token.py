"""`manage.py create_token USER --name ci --scope evidence:write`: a token for a script, printed once."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.http import Http404
from django.utils import timezone

from seal_advisor.access import TOKEN_SCOPES, Action, Actor, design_or_404, organisation_or_403
from seal_advisor.models import TOKEN_LIFE_AT_MOST, User
from seal_advisor.tokens import issue_token


class Command(BaseCommand):
    help = "Makes an API token for a user and prints its secret once, alone on stdout."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user")
        parser.add_argument("--name", default="command line")
        parser.add_argument("--scope", action="append", choices=[str(scope) for scope in TOKEN_SCOPES])
        parser.add_argument("--days", type=int, default=TOKEN_LIFE_AT_MOST.days)
        parser.add_argument("--design", help="bind the token to one design")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get(username=options["user"], is_active=True)
            actor = Actor(user)
            design = design_or_404(actor, options["design"]) if options["design"] else None
            organisation = organisation_or_403(actor, Action.READ, design.organisation_id if design else None)
            _, secret = issue_token(
                organisation=organisation,
                user=user,
                design=design,
                name=options["name"],
                scopes=options["scope"] or list(TOKEN_SCOPES),
                expires_at=timezone.now() + timedelta(days=options["days"]),
            )
        except User.DoesNotExist as error:
            raise CommandError(f"no active user {options['user']!r}") from error
        except (Http404, PermissionDenied) as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        self.stdout.write(secret)
