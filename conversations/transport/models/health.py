"""Whom a portfolio has written to first, lately."""

from django.db import models
from django.db.models.functions import Now


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
