"""Evidence that the ledger is whole."""

from django.db import models


class LedgerDigest(models.Model):
    """One number for the whole ledger of a day: whoever rewrites a chain cannot rewrite yesterday's digest."""

    day = models.DateField(unique=True)
    accounts = models.BigIntegerField()
    entries = models.BigIntegerField()
    # Sums of the four buckets.
    totals = models.JSONField()
    digest = models.BinaryField()
    prev_digest = models.BinaryField(default=b"")

    def __str__(self) -> str:
        return f"{self.day}"


class ReconcileRun(models.Model):
    """One proof of the ledger: what was checked and what was found."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    checks = models.JSONField(default=dict)
    findings = models.JSONField(default=list)
    is_clean = models.BooleanField(default=False)

    class Meta:
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"
