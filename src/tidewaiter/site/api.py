"""The API for machine clients: tokens in, JSON out; its OpenAPI page works offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from ninja import NinjaAPI
from ninja.security import HttpBearer

from tidewaiter import __version__
from tidewaiter.desks.intake.api import router as intake
from tidewaiter.desks.targeting.api import router as targeting
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.accounts.recognising import authenticate_token

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class Token(HttpBearer):
    """`Authorization: Bearer <token>`; the token is some officer's or machine's, with its rights."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:  # noqa: ARG002
        user = authenticate_token(request)
        if user is not None:
            request.user = user
        return user


api = NinjaAPI(title="Tidewaiter", version=__version__, auth=Token(), urls_namespace="api")
api.add_router("/", intake)
api.add_router("/", targeting)


@api.exception_handler(Denied)
def denied(request: HttpRequest, error: Denied) -> HttpResponse:
    return api.create_response(request, {"detail": str(error)}, status=403)


@api.exception_handler(RequestDataTooBig)
def too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:  # noqa: ARG001
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // (1024 * 1024)
    detail = f"at most {most} MB in one request: hand larger files in as files"
    return api.create_response(request, {"detail": detail}, status=413)
