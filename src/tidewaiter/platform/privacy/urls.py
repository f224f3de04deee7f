from django.urls import path

from tidewaiter.platform.privacy import unmask_views, views

app_name = "privacy"

urlpatterns = [
    path("", views.report, name="report"),
    path("export/", views.export, name="export"),
    path("schedule/", views.schedule, name="schedule"),
    path("unmask/", unmask_views.unmask, name="unmasking"),
    path("unmask/<int:pk>/", unmask_views.unmasked, name="unmasked"),
    path("holds/", views.holds, name="holds"),
    path("holds/<int:pk>/lift/", views.lift, name="lift"),
]
