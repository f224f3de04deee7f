"""How the log-in library is tied to the house: nobody signs up by himself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.adapter import DefaultAccountAdapter

if TYPE_CHECKING:
    from django.http import HttpRequest


class ClosedDoor(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  allauth's signature
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The client's address, past the proxies that settings say are ours.

        Over a Unix socket there is none: then the client, a proxy or a test, is on this machine.
        """
        if not request.META.get("REMOTE_ADDR"):
            return "127.0.0.1"
        return super().get_client_ip(request)
