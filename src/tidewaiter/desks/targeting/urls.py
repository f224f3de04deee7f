from __future__ import annotations

from django.urls import path

from tidewaiter.desks.targeting.model_urls import urlpatterns as model_urls
from tidewaiter.desks.targeting.policy_urls import urlpatterns as policy_urls
from tidewaiter.desks.targeting.profile_urls import urlpatterns as profile_urls
from tidewaiter.desks.targeting.study_urls import urlpatterns as study_urls
from tidewaiter.desks.targeting.views import chance, declaration, overrides, whatif, worklist

app_name = "targeting"
urlpatterns = [
    path("worklist/", worklist.show, name="worklist"),
    path("worklist/export", worklist.export, name="export_worklist"),
    path("worklist/views/", worklist.keep_view, name="keep_view"),
    path("worklist/views/<int:pk>/remove", worklist.drop_view, name="drop_view"),
    path("declarations/<path:declaration_id>/", declaration.show, name="declaration"),
    path("why-not/<path:declaration_id>/", declaration.why_not, name="why_not"),
    path("traders/<path:importer>/", declaration.trader, name="trader"),
    path("overrides/", overrides.show, name="overrides"),
    path("overrides/history", overrides.history, name="overrides_history"),
    path("overrides/export", overrides.export, name="overrides_export"),
    path("overrides/propose/<path:declaration_id>/", overrides.propose, name="propose_override"),
    path("overrides/<int:pk>/approve", overrides.approve, name="approve_override"),
    path("overrides/<int:pk>/refuse", overrides.refuse, name="refuse_override"),
    path("overrides/<int:pk>/withdraw", overrides.withdraw, name="withdraw_override"),
    path("what-if/", whatif.what_if, name="what_if"),
    path("what-if/<int:pk>/", whatif.trial, name="what_if_trial"),
    path("what-if/<int:pk>/export", whatif.export, name="what_if_export"),
    path("what-if/<int:pk>/policy.toml", whatif.policy, name="what_if_policy"),
    path("chance/", chance.days, name="chance"),
    path("chance/<str:day>/", chance.one_day, name="chance_day"),
    path("chance/<str:day>/export", chance.export, name="chance_export"),
    *policy_urls,
    *profile_urls,
    *study_urls,
    *model_urls,
]
