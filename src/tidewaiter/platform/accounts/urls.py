from __future__ import annotations

from django.urls import path

from tidewaiter.platform.accounts.views import (
    emergencies,
    offices,
    own,
    standing,
    tokens,
    users,
)

app_name = "accounts"
urlpatterns = [
    path("", users.users, name="users"),
    path("export", users.export_users, name="export"),
    path("new/", users.create_user, name="create"),
    path("<int:pk>/", users.user, name="user"),
    path("<int:pk>/active", users.set_active, name="set_active"),
    path("<int:pk>/clearance", users.set_clearance, name="set_clearance"),
    path("<int:pk>/invite", users.invite, name="invite"),
    path("<int:pk>/factors/reset", users.reset_factors, name="reset_factors"),
    path("<int:pk>/sessions/end", users.end_sessions, name="end_sessions"),
    path("<int:pk>/superior", standing.set_superior, name="set_superior"),
    path("<int:pk>/delegations", standing.delegate_for, name="delegate_for"),
    path("delegations/<int:pk>/end", standing.end, name="end_delegation"),
    path("me/delegations", standing.delegate, name="delegate"),
    path("<int:pk>/tokens", tokens.issue, name="issue_token"),
    path("<int:pk>/tokens/<int:token>/rotate", tokens.rotate, name="rotate_token"),
    path("<int:pk>/tokens/<int:token>/revoke", tokens.revoke, name="revoke_token"),
    path("tokens/", tokens.show, name="tokens"),
    path("tokens/export", tokens.export, name="export_tokens"),
    path("offices/", offices.offices, name="offices"),
    path("offices/new/", offices.office, name="create_office"),
    path("offices/<int:pk>/", offices.office, name="office"),
    path("emergencies/", emergencies.show, name="emergencies"),
    path("emergencies/new/", emergencies.begin, name="begin_emergency"),
    path("emergencies/<int:pk>/", emergencies.one, name="emergency"),
    path("emergencies/<int:pk>/end", emergencies.end, name="end_emergency"),
    path("me/", own.me, name="me"),
    path("welcome/<str:secret>", own.welcome, name="welcome"),
]
