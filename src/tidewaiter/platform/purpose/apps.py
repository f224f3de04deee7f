from django.apps import AppConfig


class PurposeConfig(AppConfig):
    name = "tidewaiter.platform.purpose"
    label = "purpose"
