"""Addresses of profiles and lists."""

from __future__ import annotations

from django.urls import path

from tidewaiter.desks.targeting.views import editor, lists, profile, profiles, values

urlpatterns = [
    path("profiles/", profiles.profiles, name="profiles"),
    path("profiles/export", profiles.export, name="profiles_export"),
    path("profiles/import", profiles.upload, name="profiles_import"),
    path("profiles/new", editor.new, name="profile_new"),
    path("profiles/check", editor.check_text, name="profile_check"),
    path("profiles/try", editor.try_out, name="profile_try"),
    path("profiles/<str:code>/", profile.profile, name="profile"),
    path("profiles/<str:code>/edit", editor.edit, name="profile_edit"),
    path("profiles/<str:code>/propose", profile.propose, name="profile_propose"),
    path("profiles/<str:code>/withdraw", profile.withdraw, name="profile_withdraw"),
    path("profiles/<str:code>/discard", profile.discard, name="profile_discard"),
    path("profiles/<str:code>/retire", profile.retire, name="profile_retire"),
    path("profiles/<str:code>/decide", profile.decide, name="profile_decide"),
    path("lists/", lists.lists, name="lists"),
    path("lists/export", lists.export, name="lists_export"),
    path("lists/new", lists.create, name="list_create"),
    path("lists/<str:name>/", values.values, name="list"),
    path("lists/<str:name>/export", values.export, name="list_export"),
    path("lists/<str:name>/add", values.add, name="list_add"),
    path("lists/<str:name>/import", values.upload, name="list_upload"),
    path("lists/<str:name>/remove", values.propose_removal, name="list_remove"),
    path("lists/<str:name>/decide", values.decide_removal, name="list_decide"),
]
