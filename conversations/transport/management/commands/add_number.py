"""`manage.py add_number --shop amber --provider simulator --phone +27821234567 --phone-number-id 1001`"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from conversations.transport.door import endpoints
from conversations.transport.models import WebhookEndpoint
from conversations.transport.providers.registry import UnknownProvider, provider
from shopme.lib.errors import BusinessError
from tenants.models import Shop, WhatsAppNumber
from tenants.services.numbers import add_number, change_token


class Command(BaseCommand):
    help = (
        "Attach a WhatsApp number to a shop, or to the platform, and print what its provider must be told. "
        "Again with --token: replace it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--shop", help="the shop's slug")
        whose.add_argument("--shared", action="store_true", help="the platform's shared number")
        parser.add_argument("--provider", required=True, choices=WhatsAppNumber.Provider.values)
        parser.add_argument("--phone", required=True, help="E.164, e.g. +27821234567")
        parser.add_argument("--phone-number-id", required=True, help="the provider's id of the number")
        parser.add_argument("--waba-id", default="", help="WhatsApp Business Account id")
        parser.add_argument("--token", default="", help="access token or API key of the number")
        parser.add_argument("--app-secret", default="", help="own app's secret; empty: the platform's app signs")
        parser.add_argument(
            "--drop-app-secret", default="", help="a replaced app secret that must open nothing any more"
        )
        parser.add_argument("--display-name", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        shop = None
        if options["shop"]:
            shop = Shop.objects.filter(slug=options["shop"]).first()
            if shop is None:
                raise CommandError(f"There is no shop {options['shop']}.")
        try:
            provider(options["provider"])
        except UnknownProvider as problem:
            raise CommandError(f"Numbers of {options['provider']} cannot be attached in this version.") from problem
        known = WhatsAppNumber.objects.filter(phone_number_id=options["phone_number_id"], shop=shop).first()
        if known is not None and known.provider == options["provider"] and options["drop_app_secret"]:
            self._drop_secret(known, options["drop_app_secret"])
            return
        if known is not None and known.provider == options["provider"] and options["token"]:
            self._replace_token(known, options)
            return
        try:
            added = add_number(
                shop=shop,
                provider=options["provider"],
                phone=options["phone"],
                phone_number_id=options["phone_number_id"],
                waba_id=options["waba_id"],
                token=options["token"],
                app_secret=options["app_secret"],
                display_name=options["display_name"],
            )
        except BusinessError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{added.number.phone} is attached to {shop.name if shop else 'the platform'}.")
        self.stdout.write(f"webhook address: {added.webhook_url}")
        self.stdout.write(f"verify token:    {added.verify_token}")
        if options["provider"] == WhatsAppNumber.Provider.DIALOG360:
            self.stdout.write("Run the number's checks under Settings, Numbers: they set the webhook at 360dialog.")

    def _drop_secret(self, number: WhatsAppNumber, secret: str) -> None:
        endpoint = WebhookEndpoint.objects.filter(number_id=number.pk).first()
        if endpoint is None or not endpoints.drop_secret(endpoint_id=endpoint.pk, secret=secret):
            raise CommandError(f"{number.phone} knows no such app secret.")
        self.stdout.write(f"{number.phone} is no longer opened by that app secret.")

    def _replace_token(self, number: WhatsAppNumber, options: dict[str, Any]) -> None:
        change_token(number=number, token=options["token"])
        if options["app_secret"]:
            endpoints.ensure_number_endpoint(number=number, app_secret=options["app_secret"])
        self.stdout.write(f"{number.phone} has its new token; its webhook address stays.")
