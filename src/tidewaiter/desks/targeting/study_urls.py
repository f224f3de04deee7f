"""Addresses of questions to the past."""

from __future__ import annotations

from django.urls import path

from tidewaiter.desks.targeting.views import backtests, suggestions

urlpatterns = [
    path("backtests/", backtests.backtests, name="backtests"),
    path("backtests/<int:pk>/", backtests.backtest, name="backtest"),
    path("backtests/<int:pk>/export", backtests.export, name="backtest_export"),
    path("studies/<slug:kind>/<int:pk>/progress", backtests.progress, name="study_progress"),
    path("profiles/<str:code>/backtest", backtests.ask, name="backtest_ask"),
    path("suggestions/", suggestions.suggestions, name="suggestions"),
    path("suggestions/ask", suggestions.ask, name="suggestions_ask"),
    path("suggestions/<int:pk>/", suggestions.answer, name="suggestion"),
    path("suggestions/<int:pk>/draft", suggestions.draft, name="suggestion_draft"),
]
