from django.apps import AppConfig


class SealAdvisorConfig(AppConfig):
    name = "seal_advisor"
    verbose_name = "Decision"
