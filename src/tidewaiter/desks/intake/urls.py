from __future__ import annotations

from django.urls import path

from tidewaiter.desks.intake.views import columns, mappings, messages, quarantine, upload

app_name = "intake"
urlpatterns = [
    path("", messages.messages, name="messages"),
    path("messages.csv", messages.sheet, name="messages_sheet"),
    path("running", messages.running, name="running"),
    path("upload/", upload.upload, name="upload"),
    path("messages/<int:pk>/", messages.message, name="message"),
    path("messages/<int:pk>/moving", messages.moving, name="moving"),
    path("messages/<int:pk>/raw", messages.raw, name="raw"),
    path("messages/<int:pk>/again", messages.read_again, name="again"),
    path("messages/<int:pk>/columns", columns.columns, name="columns"),
    path("mappings/", mappings.mappings, name="mappings"),
    path("mappings.csv", mappings.sheet, name="mappings_sheet"),
    path("mappings/<str:name>/", mappings.mapping, name="mapping"),
    path("mappings/<str:name>/save", mappings.save, name="mapping_save"),
    path("mappings/<str:name>/v<int:version>.toml", mappings.download, name="mapping_download"),
    path("quarantine/", quarantine.quarantine, name="quarantine"),
    path("quarantine.csv", quarantine.sheet, name="quarantine_sheet"),
    path("quarantine/again", quarantine.read_again, name="quarantine_again"),
]
