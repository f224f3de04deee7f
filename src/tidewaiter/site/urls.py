"""All addresses of the house. Each desk owns what lies under its name."""

from django.urls import include, path
from django.views.i18n import set_language

from tidewaiter.platform.accounts.access import by_token
from tidewaiter.site import gallery, metrics, views
from tidewaiter.site.api import api

urlpatterns = [
    path("", views.home, name="home"),
    path("health", views.health, name="health"),
    path("metrics", metrics.show, name="metrics"),
    path("language/", set_language, name="set_language"),
    path("preferences/", views.preferences, name="preferences"),
    path("gallery/", gallery.show, name="gallery"),
    path("account/", include("tidewaiter.platform.accounts.doors")),
    path("account/sign-on/", include("tidewaiter.platform.sign_on.urls")),
    path("accounts/", include("tidewaiter.platform.accounts.urls")),
    path("ledger/", include("tidewaiter.platform.ledger.urls")),
    path("privacy/", include("tidewaiter.platform.privacy.urls")),
    path("four-eyes/", include("tidewaiter.platform.foureyes.urls")),
    path("purpose/", include("tidewaiter.platform.purpose.urls")),
    path("jobs/", include("tidewaiter.platform.jobs.urls")),
    path("api/", by_token(api.urls)),
    path("intake/", include("tidewaiter.desks.intake.urls")),
    path("targeting/", include("tidewaiter.desks.targeting.urls")),
    path("control/", include("tidewaiter.desks.control.urls")),
    path("performance/", include("tidewaiter.desks.performance.urls")),
]

handler403 = "tidewaiter.platform.accounts.views.refusal.refused"
handler500 = "tidewaiter.site.faults.broken"
