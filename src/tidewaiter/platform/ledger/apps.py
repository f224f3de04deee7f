from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "tidewaiter.platform.ledger"
    label = "ledger"
