"""Which tables a backup holds, and in which order they can be written back."""

from __future__ import annotations

from collections.abc import Iterable

from django.apps import apps
from django.db.models import Model

# Made anew by `migrate` or by the next request, or bytes that were never redacted (uploads that did not end).
LEFT_OUT = frozenset(
    {
        "contenttypes.contenttype",
        "auth.permission",
        "auth.group_permissions",
        "seal_advisor.user_user_permissions",
        "sessions.session",
        "admin.logentry",
        "seal_advisor.idempotentrequest",
        "evidence.resumableupload",
    }
)
LEFT_OUT_APPS = frozenset({"axes"})


def label(model: type[Model]) -> str:
    """`app.model`, the name of a table's file."""
    return str(model._meta.label_lower)


def kept() -> list[type[Model]]:
    """The tables of a backup, each after those that it refers to."""
    every = [model for model in apps.get_models(include_auto_created=True) if _is_kept(model)]
    return _ordered(sorted(every, key=label))


def _is_kept(model: type[Model]) -> bool:
    meta = model._meta
    is_table = meta.managed and not meta.proxy
    return is_table and meta.app_label not in LEFT_OUT_APPS and label(model) not in LEFT_OUT


def referred(model: type[Model], *, needed: bool = False) -> set[type[Model]]:
    """The tables that rows of this one refer to, without itself; needed: only by references that no row lacks."""
    fields = (each for each in model._meta.local_concrete_fields if not (needed and each.null))
    targets = {field.remote_field.model for field in fields if field.remote_field is not None}
    return {target for target in targets if isinstance(target, type) and target is not model}


def _ordered(models: Iterable[type[Model]]) -> list[type[Model]]:
    waiting, done = list(models), []
    while waiting:
        open_ = set(waiting)
        ready = [model for model in waiting if not referred(model) & open_]
        if not ready:
            # Tables that refer to each other: the one whose reference may be empty first. The database checks
            # references at the end of the transaction.
            ready = [next(model for model in waiting if not referred(model, needed=True) & open_)]
        done += ready
        waiting = [model for model in waiting if model not in ready]
    return done
