from django.apps import AppConfig


class BackupConfig(AppConfig):
    name = "tidewaiter.platform.backup"
    label = "backup"
