from django.urls import path

from tidewaiter.platform.privacy import views

app_name = "privacy"

urlpatterns = [
    path("", views.report, name="report"),
    path("export/", views.export, name="export"),
    path("schedule/", views.schedule, name="schedule"),
    path("holds/", views.holds, name="holds"),
    path("holds/<int:pk>/lift/", views.lift, name="lift"),
]
