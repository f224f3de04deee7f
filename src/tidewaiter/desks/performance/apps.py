from django.apps import AppConfig


class PerformanceConfig(AppConfig):
    name = "tidewaiter.desks.performance"
    label = "performance"
