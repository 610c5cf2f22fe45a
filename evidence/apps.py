from collections.abc import Mapping
from importlib import import_module
from typing import Any

from django.apps import AppConfig

from seal_advisor import frameworks


def _enter(sender: object, **said: Any) -> None:
    """The ledger brings the signer's libraries, a second to load: only whoever writes waits for them."""
    import_module("evidence.trail").enter(**said)
    import_module("evidence.webhooks.services").listen(**said)


def _frameworks() -> Mapping[str, str]:
    """Reading them loads every control: only whoever names a framework waits for that."""
    found: Mapping[str, str] = import_module("evidence.frameworks").titles()
    return found


class EvidenceConfig(AppConfig):
    name = "evidence"
    verbose_name = "Evidence"

    def ready(self) -> None:
        import_module("seal_advisor.trail").written.connect(_enter, dispatch_uid="ledger")
        frameworks.register(_frameworks)
