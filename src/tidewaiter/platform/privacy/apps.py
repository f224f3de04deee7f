from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PrivacyConfig(AppConfig):
    name = "tidewaiter.platform.privacy"
    label = "privacy"

    def ready(self) -> None:
        # What desks keep of persons, hold, and have to finish before: `privacy.py` of each.
        autodiscover_modules("privacy")
