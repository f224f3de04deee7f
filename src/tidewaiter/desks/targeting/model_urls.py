"""Addresses of models."""

from __future__ import annotations

from django.urls import path

from tidewaiter.desks.targeting.views import models

urlpatterns = [
    path("models/", models.models, name="models"),
    path("models/train", models.train, name="model_train"),
    path("models/<str:version>/", models.model, name="model"),
    path("models/<str:version>/propose", models.propose, name="model_propose"),
    path("models/<str:version>/promote", models.promote, name="model_promote"),
    path("models/<str:version>/roll-back", models.roll_back, name="model_roll_back"),
]
