from __future__ import annotations

from django.urls import path

from tidewaiter.platform.purpose import views

app_name = "purpose"
urlpatterns = [
    path("", views.say, name="say"),
    path("searches/", views.searches, name="searches"),
    path("searches/export", views.export, name="export"),
]
