from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "tidewaiter.platform.jobs"
    label = "jobs"
