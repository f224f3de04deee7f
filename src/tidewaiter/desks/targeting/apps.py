from django.apps import AppConfig


class TargetingConfig(AppConfig):
    name = "tidewaiter.desks.targeting"
    label = "targeting"
