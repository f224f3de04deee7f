from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "tidewaiter.desks.intake"
    label = "intake"
