from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "tidewaiter.platform.accounts"
    label = "accounts"
