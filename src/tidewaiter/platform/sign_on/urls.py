from __future__ import annotations

from django.urls import path

from tidewaiter.platform.sign_on import views
from tidewaiter.platform.sign_on.provider import PROVIDER

# The library asks for the first two by name.
urlpatterns = [
    path("login/", views.begin, {"provider_id": PROVIDER}, name="openid_connect_login"),
    path("callback/", views.callback, {"provider_id": PROVIDER}, name="openid_connect_callback"),
    path("left/", views.left, name="sign_on_left"),
    path("<int:pk>/remove", views.remove, name="sign_on_remove"),
]
