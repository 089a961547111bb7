"""How fetching files of a number goes; shared by all who fetch."""

from django.db import models
from django.db.models.functions import Now


class MediaHealth(models.Model):
    """Failing fetches of one number in the running hour: some providers block a number that fails too often."""

    number_id = models.BigIntegerField(primary_key=True)
    window_at = models.DateTimeField(db_default=Now())
    failures = models.PositiveIntegerField(default=0, db_default=0)
    rests_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"files of number {self.number_id}"
