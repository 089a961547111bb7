"""Reads about orders. None of them writes."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from loyalty.models import Customer
from orders.models import DeliveryTerms, Order, OrderLine
from shopme.lib.errors import BusinessError
from tenants.context import current_shop


def delivery_terms() -> DeliveryTerms:
    """This shop's terms; the defaults if nobody has set any."""
    return DeliveryTerms.objects.filter(pk=1).first() or DeliveryTerms()
