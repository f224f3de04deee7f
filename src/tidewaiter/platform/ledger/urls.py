from __future__ import annotations

from django.urls import path

from tidewaiter.platform.ledger import views

app_name = "ledger"
urlpatterns = [
    path("", views.entries, name="entries"),
    path("export", views.export, name="export"),
]
