"""To the provider and back, and the page after log-out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from requests import RequestException

from tidewaiter.platform.accounts.access import public, requires
from tidewaiter.platform.accounts.actions import invitation
from tidewaiter.platform.accounts.policies import MANAGE
from tidewaiter.platform.accounts.views.users import visible
from tidewaiter.platform.sign_on.actions import unlink
from tidewaiter.platform.sign_on.adapter import refused
from tidewaiter.platform.sign_on.configuration import SignOn, sign_on
from tidewaiter.platform.sign_on.provider import PROVIDER, StrictAdapter, StrictCallback

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@public
@never_cache
@require_GET
def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Off to the provider; `invitation`: the secret of a one-time link to be used up by it."""
    _configured(provider_id)
    secret, back = request.GET.get("invitation", ""), request.GET.get("next", "")
    invited = invitation(secret) if secret else None
    if secret and invited is None:
        return render(request, "accounts/link_used.html", status=410)
    nonce = get_random_string(43)
    provider = get_adapter().get_provider(request, PROVIDER)
    provider.oauth2_adapter_class = StrictAdapter
    try:
        return provider.redirect(
            request, "login", auth_params={"nonce": nonce},
            next_url=back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else None,
            data={"nonce": nonce, "invitation": invited.pk if invited else None},
        )  # fmt: skip
    except (OAuth2Error, RequestException) as error:
        return refused(request, f"the provider cannot be asked: {error}")


@public
@never_cache
@require_GET
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Back from the provider."""
    found = _configured(provider_id)
    if request.GET.get("iss", found.issuer).rstrip("/") != found.issuer:
        return refused(request, "the answer is another provider's")
    try:
        return StrictCallback.adapter_view(StrictAdapter(request, PROVIDER))(request)
    except ImmediateHttpResponse as answer:
        return answer.response
    except (OAuth2Error, RequestException) as error:
        return refused(request, str(error))


@public
@never_cache
@require_GET
def left(request: HttpRequest) -> HttpResponse:
    """After log-out: the session at the provider lasts, unless it is ended, too."""
    found = _configured(PROVIDER)
    return render(request, "sign_on/left.html", {"end": _end_of(request, found)})


@requires(MANAGE)
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    unlink(request.user, visible(request, pk))
    return redirect("accounts:user", pk=pk)


def _configured(provider_id: str) -> SignOn:
    found = sign_on()
    if found is None or provider_id != PROVIDER:
        raise Http404
    return found


def _end_of(request: HttpRequest, found: SignOn) -> str:
    """Where the provider's session is ended; empty if it has no such place."""
    try:
        place = StrictAdapter(request, PROVIDER).openid_config.get("end_session_endpoint", "")
    except (OAuth2Error, RequestException):
        return ""
    back = request.build_absolute_uri(reverse("account_login"))
    query = {"client_id": found.client_id, "post_logout_redirect_uri": back}
    return f"{place}?{urlencode(query)}" if place else ""
