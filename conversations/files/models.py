"""The file of a message: where it stands on its way in or out, and what was made of it to be shown."""

from django.db import models
from django.utils import timezone


class MediaFile(models.Model):
    """One file of one message. The message and this row are written together; the octets come or leave afterwards.

    `state` decides what happens next; whoever moves a file holds it by `lease_until`, and `taken` is the fence.
    """

    class Direction(models.TextChoices):
        """The way of the file, not of its message: what an operator sent with the phone app has to be fetched too."""

        IN = "in"
        OUT = "out"

    class State(models.TextChoices):
        WAITING = "waiting"
        MOVING = "moving"  # somebody fetches it, or hands it over, right now
        READY = "ready"
        MISSING = "missing"  # WhatsApp no longer has it
        TOO_BIG = "too_big"
        REFUSED = "refused"
        FAILED = "failed"  # tried often enough; a person may try again

    class ShownAs(models.TextChoices):
        PICTURE = "picture"
        STICKER = "sticker"
        SOUND = "sound"
        FILM = "film"
        DOCUMENT = "document"

    message = models.OneToOneField("conversations.Message", models.CASCADE, related_name="file")
    direction = models.CharField(max_length=3, choices=Direction)
    number_id = models.BigIntegerField()
    # WhatsApp's word for it: image, video, audio, document, sticker. What it is, `content_type` says.
    kind = models.CharField(max_length=20)
    media_id = models.CharField(max_length=200, blank=True, default="")
    uploaded_at = models.DateTimeField(null=True, blank=True)
    filename = models.CharField(max_length=255, blank=True, default="")
    claimed_type = models.CharField(max_length=128, blank=True, default="")
    content_type = models.CharField(max_length=128, blank=True, default="")
    # In hex; the first is what the webhook says, the second what came or leaves.
    claimed_sha256 = models.CharField(max_length=64, blank=True, default="")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    size = models.BigIntegerField(default=0)
    is_voice = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=300, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    # How often it was taken; never goes down, so whoever lost a lease is known by it.
    taken = models.PositiveIntegerField(default=0, db_default=0)
    next_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    # Keys of the shop's own storage: as it came, as it is shown, and small.
    key = models.CharField(max_length=140, blank=True, default="")
    shown_key = models.CharField(max_length=140, blank=True, default="")
    thumb_key = models.CharField(max_length=140, blank=True, default="")
    shown_as = models.CharField(max_length=8, choices=ShownAs, blank=True, default="")
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    milliseconds = models.PositiveIntegerField(null=True, blank=True)
    # How loud a recording is along the way, 0 to 100.
    loudness = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="ready", key=""), name="media_file_ready_means_it_is_kept"
            ),
            models.CheckConstraint(
                condition=models.Q(state="moving") | models.Q(lease_until=None), name="media_file_lease_while_moving"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"], condition=models.Q(state__in=["waiting", "moving"]), name="media_file_due_idx"
            ),
            # What was handed over lately need not be handed over again.
            models.Index(
                fields=["number_id", "sha256"],
                condition=models.Q(uploaded_at__isnull=False),
                name="media_file_uploaded_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"file of message {self.message_id}"

    @property
    def is_on_its_way(self) -> bool:
        return self.state in (self.State.WAITING, self.State.MOVING)

    @property
    def may_be_tried_again(self) -> bool:
        """Whether another try could end better; a file that is gone, or that we must not keep, stays where it is."""
        return self.state == self.State.FAILED
