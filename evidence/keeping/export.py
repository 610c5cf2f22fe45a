"""Everything of one organisation in one file, for handing over: rows, blobs, ledger entries; no password, no token."""

from __future__ import annotations

import json
from collections import deque
from io import BytesIO
from typing import IO, Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from evidence.keeping.backup import Writer, blob_keys, write_blobs, write_rows
from evidence.keeping.tables import kept, label, referred
from seal_advisor import __version__
from seal_advisor.models import Design, Organisation, RulesetCopy

OWN_APPS = ("seal_advisor", "evidence")
# What lets somebody in, or signs in our name, does not leave the house.
SECRET = frozenset({"seal_advisor.apitoken", "seal_advisor.user", "evidence.sharelink", "evidence.webhook"})


def write(file: IO[bytes], organisation: Organisation) -> dict[str, Any]:
    """The organisation's rows and blobs into the file; returns what `about.json` says."""
    writer = Writer(file)
    with transaction.atomic():
        counts = {}
        for model, road in roads().items():
            counts[label(model)] = write_rows(writer, model._default_manager.filter(**{road: organisation.pk}))
        # Every revision names the ruleset that it was decided under, by its hash.
        counts[label(RulesetCopy)] = write_rows(writer, RulesetCopy.objects.all())
        designs = list(Design.objects.filter(organisation=organisation).values_list("pk", flat=True))
        keys = sorted(set(blob_keys(designs)))
        people = organisation.memberships.order_by("user__username")
        about = {
            "organisation": organisation.name,
            "version": __version__,
            "made_at": timezone.now().isoformat(),
            "rows": counts,
            "blobs": len(keys),
            "people": [{"name": each.user.username, "role": each.role} for each in people.select_related("user")],
        }
    write_blobs(writer, keys)
    text = json.dumps(about, indent=1, sort_keys=True).encode()
    writer.add("about.json", BytesIO(text), len(text))
    writer.close()
    return about


def roads() -> dict[type[Model], str]:
    """Table -> the shortest chain of its references that leads to the organisation, in Django's double underscores."""
    found = {
        model: _road(model) for model in kept() if model._meta.app_label in OWN_APPS and label(model) not in SECRET
    }
    return {model: road for model, road in found.items() if road is not None}


def _road(model: type[Model]) -> str | None:
    if model is Organisation:
        return "pk"
    waiting, seen = deque([(model, "")]), {model}
    while waiting:
        here, road = waiting.popleft()
        for field in here._meta.local_concrete_fields:
            target = field.remote_field.model if field.remote_field is not None else None
            if target is Organisation:
                return f"{road}{field.name}"
            if target in referred(here) and target not in seen and label(target) != "seal_advisor.user":
                seen.add(target)
                waiting.append((target, f"{road}{field.name}__"))
    return None
