from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "tidewaiter.site"
    label = "site"
