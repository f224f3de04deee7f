"""The provider as the house takes it: what allauth leaves to the connection is checked here, too."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter

from tidewaiter.platform.sign_on.configuration import SignOn, sign_on

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
    from django.http import HttpRequest, HttpResponse

PROVIDER = "sign-on"
LEEWAY = 30  # seconds by which clocks may differ
NEEDED = ["exp", "iat", "iss", "aud"]


class StrictAdapter(OpenIDConnectOAuth2Adapter):
    """Nothing is believed that the provider did not sign for this very log-in."""

    nonce = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().openid_config
        if config.get("issuer", "").rstrip("/") != _asked().issuer:
            raise OAuth2Error("the provider calls itself otherwise than the issuer configured")
        return config

    def complete_login(
        self,
        request: HttpRequest,
        app: SocialApp,  # noqa: ARG002  allauth's signature
        token: SocialToken,  # noqa: ARG002
        **kwargs: Any,
    ) -> SocialLogin:
        """Raises OAuth2Error for a token that is not sound."""
        found, told = _asked(), kwargs["response"].get("id_token") or ""
        claims = self._checked(found, told)
        login = self.get_provider().sociallogin_from_response(
            request, {"id_token": {**claims, "sub": str(claims[found.subject])}}
        )
        login.account.uid = subject_of(found.issuer, str(claims[found.subject]))
        login.account.extra_data = {}  # claims are used now, and not kept
        login.claims = claims
        return login

    def _checked(self, found: SignOn, told: str) -> dict[str, Any]:
        try:
            claims = jwt.decode(
                told, key=self._key(told), algorithms=list(found.algorithms),
                issuer=self.openid_config["issuer"], audience=found.client_id, leeway=LEEWAY,
                options={"require": [*NEEDED, found.subject]},
            )  # fmt: skip
        except jwt.PyJWTError as error:
            raise OAuth2Error(f"the ID token is not sound: {error}") from error
        audience = claims["aud"]
        if (
            isinstance(audience, list)
            and len(audience) > 1
            and claims.get("azp") != found.client_id
        ):
            raise OAuth2Error("the ID token is for others, too, and not made for this house")
        if not self.nonce or not hmac.compare_digest(str(claims.get("nonce", "")), self.nonce):
            raise OAuth2Error("the ID token belongs to another log-in")
        return claims

    def _key(self, told: str) -> Any:
        """The public key that the token names, of those the provider publishes."""
        kid = jwt.get_unverified_header(told).get("kid")
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
            keys = answer.json().get("keys", [])
        fit = [key for key in keys if key.get("kid") == kid and key.get("use", "sig") == "sig"]
        if len(fit) != 1 or fit[0].get("kty") not in ("RSA", "EC"):
            raise OAuth2Error("the ID token names no key of the provider")
        return jwt.PyJWK.from_dict(fit[0]).key


class StrictCallback(OAuth2CallbackView):
    """The provider's answer; it belongs to the log-in that this session began."""

    adapter: StrictAdapter

    def _get_state(
        self, request: HttpRequest, provider: Any
    ) -> tuple[dict[str, Any] | None, HttpResponse | None]:
        state, refused = super()._get_state(request, provider)
        if state is not None:
            self.adapter.nonce = state["data"]["nonce"]
        return state, refused


def subject_of(issuer: str, subject: str) -> str:
    """Of an account here: the same subject at another provider is somebody else."""
    return hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()


def _asked() -> SignOn:
    found = sign_on()
    if found is None:
        raise OAuth2Error("single sign-on is off")
    return found
