from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "tidewaiter.platform.journal"
    label = "journal"
