from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class FourEyesConfig(AppConfig):
    name = "tidewaiter.platform.foureyes"
    label = "foureyes"

    def ready(self) -> None:
        autodiscover_modules("proposals")
