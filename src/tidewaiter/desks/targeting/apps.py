from django.apps import AppConfig


class TargetingConfig(AppConfig):
    name = "tidewaiter.desks.targeting"
    label = "targeting"

    def ready(self) -> None:
        from tidewaiter.desks.targeting.queries.profiles import (  # noqa: PLC0415  needs models
            not_cleared,
        )
        from tidewaiter.platform.handling import hides  # noqa: PLC0415

        hides("profile", not_cleared)
