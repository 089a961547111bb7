"""What the people of a shop and of the platform must know about sending."""

from django.db import models
from django.db.models.functions import Now


class Alert(models.Model):
    """Something about a number that a person must know, told once. Without a shop: to the people of the platform."""

    # What it is about and when, e.g. `code:131042:7:2026-11-21`; unique, so the same thing is told once.
    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20)
    shop_id = models.BigIntegerField(null=True)
    number_id = models.BigIntegerField(null=True)
    sentence = models.CharField(max_length=300)
    error_code = models.CharField(max_length=20, default="", db_default="", blank=True)
    at = models.DateTimeField(db_default=Now())
    # A person has read it, or what it told of is over.
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["shop_id", "-id"], condition=models.Q(done_at=None), name="alert_open")]

    def __str__(self) -> str:
        return self.key


class PortfolioUse(models.Model):
    """A person who got a template outside their window on a portfolio, and when last: Meta limits how many in a day."""

    portfolio = models.CharField(max_length=64)
    # The person's phone digits or business-scoped id, as the message was addressed.
    person = models.CharField(max_length=150)
    priority = models.PositiveSmallIntegerField()
    # The message that made the person count; given back when it was refused.
    outbox_id = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["portfolio", "person"], name="portfolio_use_once")]
        indexes = [
            # With the class in it, the people of a day are counted in the index alone.
            models.Index(fields=["portfolio", "at", "priority"], name="portfolio_use_by_class"),
            models.Index(fields=["outbox_id"], name="portfolio_use_of"),
        ]

    def __str__(self) -> str:
        return f"use of {self.portfolio}"
