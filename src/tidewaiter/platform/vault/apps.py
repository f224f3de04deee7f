from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "tidewaiter.platform.vault"
    label = "vault"
