from __future__ import annotations

from django.urls import path

from tidewaiter.desks.performance import views

app_name = "performance"
urlpatterns = [
    path("", views.show, name="overview"),
    path("export", views.export, name="export"),
]
