from __future__ import annotations

from django.urls import path

from tidewaiter.platform.jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.jobs, name="list"),
    path("schedules/", views.schedules, name="schedules"),
    path("schedules/<int:pk>/change", views.change_schedule, name="change_schedule"),
    path("schedules/<int:pk>/run", views.run_schedule, name="run_schedule"),
    path("<int:pk>/", views.job, name="job"),
    path("<int:pk>/progress", views.progress, name="progress"),
    path("<int:pk>/cancel", views.cancel, name="cancel"),
    path("<int:pk>/retry", views.retry, name="retry"),
]
