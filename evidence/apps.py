from importlib import import_module

from django.apps import AppConfig
from prometheus_client import REGISTRY


class EvidenceConfig(AppConfig):
    name = "evidence"
    verbose_name = "Evidence"

    def ready(self) -> None:
        import_module("evidence.frameworks")  # tells the other package which frameworks there are
        # Both listen to every write of the other package.
        import_module("evidence.trail")
        import_module("evidence.webhooks.services")
        REGISTRY.register(import_module("evidence.keeping.metrics").Installation())
