"""Addresses of the selection policy."""

from __future__ import annotations

from django.urls import path

from tidewaiter.desks.targeting.views import policy, proposing

urlpatterns = [
    path("policy/", policy.history, name="policy"),
    path("policy/export", policy.export, name="policy_export"),
    path("policy/new", proposing.new, name="policy_new"),
    path("policy/import", proposing.upload, name="policy_import"),
    path("policy/<int:number>/", policy.version, name="policy_version"),
    path("policy/<int:number>/policy.toml", policy.file, name="policy_file"),
    path("policy/<int:number>/decide", proposing.decide, name="policy_decide"),
    path("policy/<int:number>/withdraw", proposing.withdraw, name="policy_withdraw"),
]
