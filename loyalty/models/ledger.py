"""The points ledger: accounts, operations, lots, entries, movements. Only `loyalty.ledger` writes these tables.

Every change is an entry with four signed deltas and the four balances after it, numbered per account without gaps.
Points live in lots; a movement ties an entry to each lot it touched. Triggers (`loyalty.sql`) refuse whatever does
not agree at commit.
"""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from loyalty.models.people import Customer
from loyalty.models.program import Unit
from loyalty.models.purchases import Purchase

OPEN_LOT = Q(pending__gt=0) | Q(active__gt=0) | Q(held__gt=0)


class Account(models.Model):
    """What one customer holds of one unit. Spendable is `active`; what the shop owes is pending + active + held - debt."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        UNCLAIMED = "unclaimed"
        FROZEN = "frozen"
        CLOSED = "closed"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="accounts")
    unit = models.ForeignKey(Unit, models.PROTECT)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    pending = models.BigIntegerField(default=0)
    active = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    debt = models.BigIntegerField(default=0)
    # Number and hash of the newest entry; the hash is written by a trigger.
    seq = models.BigIntegerField(default=0)
    head_hash = models.BinaryField(default=b"")
    # The next instant at which a lot ripens or lapses; sweeps and caches go by it.
    next_event_at = models.DateTimeField(null=True, blank=True)
    last_activity_at = models.DateTimeField(null=True, blank=True)
    lifetime_issued = models.BigIntegerField(default=0)
    lifetime_redeemed = models.BigIntegerField(default=0)
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "unit"], name="loyalty_account_once"),
            models.CheckConstraint(
                condition=Q(pending__gte=0, active__gte=0, held__gte=0, debt__gte=0),
                name="loyalty_account_not_negative",
            ),
            models.CheckConstraint(condition=Q(active=0) | Q(debt=0), name="loyalty_account_debt_paid_first"),
        ]
        indexes = [
            models.Index(
                fields=["next_event_at", "id"], condition=Q(next_event_at__isnull=False), name="loyalty_account_due"
            )
        ]

    def __str__(self) -> str:
        return f"account {self.pk}: {self.active} {self.unit_id}"


class Operation(models.Model):
    """One wish that moved points, known by its key: the same key again returns the stored result."""

    class Actor(models.TextChoices):
        SYSTEM = "system"
        STAFF = "staff"
        MEMBER = "member"
        ADMIN = "admin"

    key = models.CharField(max_length=128, unique=True)
    kind = models.CharField(max_length=20)
    # SHA-256 of the canonical request; the same key with another request is refused.
    fingerprint = models.BinaryField(max_length=32)
    actor_kind = models.CharField(max_length=10, choices=Actor, default=Actor.SYSTEM)
    # The user of the public schema; a plain number, so a deleted user leaves the ledger whole.
    actor_id = models.BigIntegerField(null=True, blank=True)
    channel = models.CharField(max_length=20, blank=True)
    result = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["actor_id", "created_at"], name="loyalty_operation_actor")]

    def __str__(self) -> str:
        return self.key


class Entry(models.Model):
    """One movement of points. Never edited: a mistake is undone by another entry."""

    class Kind(models.TextChoices):
        EARN = "earn"
        ACTIVATE = "activate"
        OFFSET = "offset"
        HOLD = "hold"
        RELEASE = "release"
        BURN = "burn"
        UNBURN = "unburn"
        EXPIRE = "expire"
        ADJUST = "adjust"
        REVERSE = "reverse"
        TRANSFER_OUT = "transfer_out"
        TRANSFER_IN = "transfer_in"
        WRITE_OFF = "write_off"

    account = models.ForeignKey(Account, models.PROTECT, related_name="entries", db_index=False)
    seq = models.BigIntegerField()
    operation = models.ForeignKey(Operation, models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=12, choices=Kind)
    reason = models.CharField(max_length=24, blank=True)
    d_pending = models.BigIntegerField(default=0)
    d_active = models.BigIntegerField(default=0)
    d_held = models.BigIntegerField(default=0)
    d_debt = models.BigIntegerField(default=0)
    after_pending = models.BigIntegerField()
    after_active = models.BigIntegerField()
    after_held = models.BigIntegerField()
    after_debt = models.BigIntegerField()
    reverses = models.ForeignKey("self", models.PROTECT, null=True, blank=True)
    purchase = models.ForeignKey(Purchase, models.PROTECT, null=True, blank=True, related_name="entries")
    # Business time (the purchase, the instant a lot lapsed) and the time it was written down.
    effective_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)
    # Filled by a trigger: each entry carries the hash of the one before it.
    prev_hash = models.BinaryField(default=b"")
    hash = models.BinaryField(default=b"")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "seq"], name="loyalty_entry_numbered"),
            models.UniqueConstraint(
                fields=["purchase"], condition=Q(kind="earn", reason="purchase"), name="loyalty_entry_purchase_once"
            ),
            models.CheckConstraint(
                condition=Q(after_pending__gte=0, after_active__gte=0, after_held__gte=0, after_debt__gte=0),
                name="loyalty_entry_after_not_negative",
            ),
        ]
        indexes = [models.Index(fields=["account", "-effective_at"], name="loyalty_entry_history")]

    def __str__(self) -> str:
        return f"{self.kind} {self.seq} of account {self.account_id}"


class Lot(models.Model):
    """Points that came together and lapse together. Balances change only together with a movement."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="lots", db_index=False)
    source_entry = models.ForeignKey(Entry, models.PROTECT, related_name="lots")
    purchase = models.ForeignKey(Purchase, models.PROTECT, null=True, blank=True, related_name="lots")
    origin_lot = models.ForeignKey("self", models.PROTECT, null=True, blank=True)
    original = models.BigIntegerField()
    pending = models.BigIntegerField(default=0)
    active = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    # Only grow. Together they may exceed `original`, when a lapsed code gave points back that then expired.
    expired = models.BigIntegerField(default=0)
    reversed = models.BigIntegerField(default=0)
    earned_at = models.DateTimeField()
    activates_at = models.DateTimeField(null=True, blank=True)
    # The first instant at which the points are gone; None: never.
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(original__gt=0, pending__gte=0, active__gte=0, held__gte=0), name="loyalty_lot_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(original__gte=F("pending") + F("active") + F("held")), name="loyalty_lot_within_original"
            ),
            models.CheckConstraint(
                condition=Q(expired__gte=0, reversed__gte=0, expired__lte=F("original"), reversed__lte=F("original")),
                name="loyalty_lot_gone_within_original",
            ),
            models.CheckConstraint(
                condition=Q(activates_at__isnull=True)
                | Q(expires_at__isnull=True)
                | Q(activates_at__lt=F("expires_at")),
                name="loyalty_lot_ripens_before_it_lapses",
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "expires_at", "earned_at", "id"], condition=Q(active__gt=0), name="loyalty_lot_spend"
            ),
            models.Index(fields=["account"], condition=OPEN_LOT, name="loyalty_lot_open"),
            models.Index(fields=["account", "activates_at"], condition=Q(pending__gt=0), name="loyalty_lot_ripening"),
            models.Index(fields=["expires_at"], condition=Q(active__gt=0), name="loyalty_lot_lapsing"),
        ]

    def __str__(self) -> str:
        return f"lot {self.pk}: {self.active} of {self.original}"


class Movement(models.Model):
    """What one entry did to one lot."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="movements", db_index=False)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="movements")
    d_pending = models.BigIntegerField(default=0)
    d_active = models.BigIntegerField(default=0)
    d_held = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "lot"], name="loyalty_movement_once"),
            models.CheckConstraint(
                condition=~Q(d_pending=0, d_active=0, d_held=0), name="loyalty_movement_moves_something"
            ),
        ]

    def __str__(self) -> str:
        return f"entry {self.entry_id} on lot {self.lot_id}"
