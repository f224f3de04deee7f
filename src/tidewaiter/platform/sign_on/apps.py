from django.apps import AppConfig


class SignOnConfig(AppConfig):
    name = "tidewaiter.platform.sign_on"
    label = "sign_on"
