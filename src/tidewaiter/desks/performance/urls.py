from __future__ import annotations

from django.urls import path

from tidewaiter.desks.performance.views import compliance, drift, profiles, reports, yields

app_name = "performance"
urlpatterns = [
    path("", yields.show, name="overview"),
    path("export", yields.export, name="export"),
    path("compliance", compliance.show, name="compliance"),
    path("compliance/export", compliance.export, name="compliance_export"),
    path("profiles", profiles.show, name="profiles"),
    path("profiles/export", profiles.export, name="profiles_export"),
    path("reports", reports.ask, name="report_ask"),
    path("reports/<int:pk>", reports.download, name="report"),
    path("drift", drift.show, name="drift"),
    path("drift/<str:fact>", drift.fact, name="drift_fact"),
]
