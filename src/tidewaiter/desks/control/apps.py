from django.apps import AppConfig


class ControlConfig(AppConfig):
    name = "tidewaiter.desks.control"
    label = "control"
