from django.apps import AppConfig


class ChanceConfig(AppConfig):
    name = "tidewaiter.platform.chance"
    label = "chance"
