from django.apps import AppConfig


class SealsConfig(AppConfig):
    name = "tidewaiter.platform.seals"
    label = "seals"
