from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "loyalty"
    label = "loyalty"

    def ready(self) -> None:
        from loyalty import receivers  # noqa: F401, PLC0415  (hearing begins when the app is ready)
