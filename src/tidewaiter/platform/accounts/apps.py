from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "tidewaiter.platform.accounts"
    label = "accounts"

    def ready(self) -> None:
        from tidewaiter.platform.accounts import signals  # noqa: F401, PLC0415  needs the models
