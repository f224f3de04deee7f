from __future__ import annotations

from django.urls import path

from tidewaiter.platform.foureyes import views

app_name = "foureyes"
urlpatterns = [
    path("", views.proposals, name="proposals"),
    path("export", views.export, name="export"),
    path("<int:pk>/", views.proposal, name="proposal"),
    path("<int:pk>/approve", views.approve, name="approve"),
    path("<int:pk>/return", views.give_back, name="return"),
    path("<int:pk>/withdraw", views.withdraw, name="withdraw"),
]
