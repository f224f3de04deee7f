from __future__ import annotations

from django.urls import path

from tidewaiter.platform.ledger.views import entries, heads

app_name = "ledger"
urlpatterns = [
    path("", entries.entries, name="entries"),
    path("export", entries.export, name="export"),
    path("heads", heads.heads, name="heads"),
    path("heads/file", heads.file, name="heads_file"),
]
