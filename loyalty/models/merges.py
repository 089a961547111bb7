"""Two customers that are one person, and what moved when somebody said so."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from loyalty.models.people import Customer

UNDO_WITHIN = timedelta(days=30)


class Merge(models.Model):
    """Everything of `gone` went to `kept`. `moved` says exactly what, so that it can be put back."""

    kept = models.ForeignKey(Customer, models.PROTECT, related_name="merges")
    gone = models.ForeignKey(Customer, models.PROTECT, related_name="merges_away")
    # By room: {"loyalty.address": [ids], "points": {…}, …}
    moved = models.JSONField(default=dict)
    actor_id = models.BigIntegerField()
    at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by_id = models.BigIntegerField(null=True, blank=True)
    undo_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(kept=F("gone")), name="loyalty_merge_of_two"),
            models.UniqueConstraint(
                fields=["gone"], condition=Q(undone_at__isnull=True), name="loyalty_merge_gone_once"
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True) | (Q(undone_by_id__isnull=False) & ~Q(undo_reason="")),
                name="loyalty_merge_undone_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"customer {self.gone_id} into {self.kept_id}"

    def is_undoable(self, at: datetime) -> bool:
        """Whether it is young enough to be taken apart, and still stands."""
        return self.undone_at is None and at - self.at <= UNDO_WITHIN
