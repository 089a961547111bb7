"""What the simulator's stand-in for Meta keeps."""

from django.db import models
from django.db.models.functions import Now


class StandInMessage(models.Model):
    """What the simulator's stand-in Graph API accepted for a simulated phone."""

    phone_number_id = models.CharField(max_length=40)
    wamid = models.CharField(max_length=200, unique=True)
    recipient = models.CharField(max_length=150)
    payload = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["phone_number_id", "recipient", "id"], name="stand_in_thread")]

    def __str__(self) -> str:
        return self.wamid


class StandInThing(models.Model):
    """What the stand-in keeps besides messages: uploaded files, templates, settings of a number."""

    kind = models.CharField(max_length=20)
    # The phone number id or WABA id it belongs to.
    owner = models.CharField(max_length=64)
    key = models.CharField(max_length=300)
    data = models.JSONField(default=dict)
    blob = models.BinaryField(default=b"")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="stand_in_thing_once")]
        indexes = [models.Index(fields=["kind", "owner", "id"], name="stand_in_thing_owner")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
