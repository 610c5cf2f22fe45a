from importlib import import_module

from django.apps import AppConfig


class SealAdvisorConfig(AppConfig):
    name = "seal_advisor"
    verbose_name = "Decision"

    def ready(self) -> None:
        import_module("seal_advisor.sign_in.trail")  # listens to second factors
        import_module("seal_advisor.sign_in.log")  # and this to people who come and go
