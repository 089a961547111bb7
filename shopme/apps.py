from django.apps import AppConfig


class ShopMeConfig(AppConfig):
    """The roof: home, health, commands that see every room."""

    name = "shopme"
