"""How a shop's points work: the rate, the waiting time, the expiry."""

from django.db import models
from django.db.models import Q


class Program(models.Model):
    """The one loyalty program of a shop. A new rule touches new points only; points already given keep their date."""

    class Status(models.TextChoices):
        DRAFT = "draft"
        LIVE = "live"
        PAUSED = "paused"
        CLOSED = "closed"

    class Rounding(models.TextChoices):
        FLOOR = "floor"
        HALF_UP = "half_up"
        CEIL = "ceil"

    class ExpiryKind(models.TextChoices):
        ROLLING = "rolling"
        FIXED = "fixed"
        INACTIVITY = "inactivity"
        NEVER = "never"

    class RoundTo(models.TextChoices):
        NONE = "", "The day itself"
        MONTH = "month"
        QUARTER = "quarter"
        HALF_YEAR = "half_year"
        YEAR = "year"

    class Clawback(models.TextChoices):
        DEBT = "debt"
        FORGIVE = "forgive"
        DEDUCT_VALUE = "deduct_value"

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=80)
    status = models.CharField(max_length=10, choices=Status, default=Status.LIVE)
    currency = models.CharField(max_length=3)
    country = models.CharField(max_length=2)
    time_zone = models.CharField(max_length=64)
    # `earn_points` for every `earn_per_minor` minor units, e.g. 1 for each 1000 (R 10.00).
    earn_points = models.PositiveIntegerField(default=1)
    earn_per_minor = models.PositiveBigIntegerField(default=1000)
    minimum_minor = models.PositiveBigIntegerField(default=0)
    rounding = models.CharField(max_length=10, choices=Rounding, default=Rounding.FLOOR)
    pending_days = models.PositiveSmallIntegerField(default=0)
    grace_days = models.PositiveSmallIntegerField(default=7)
    expiry_kind = models.CharField(max_length=12, choices=ExpiryKind, default=ExpiryKind.ROLLING)
    expiry_months = models.PositiveSmallIntegerField(default=12)
    expiry_round_to = models.CharField(max_length=10, choices=RoundTo, default=RoundTo.NONE, blank=True)
    fixed_month = models.PositiveSmallIntegerField(default=12)
    fixed_day = models.PositiveSmallIntegerField(default=31)
    fixed_min_days = models.PositiveSmallIntegerField(default=90)
    clawback_policy = models.CharField(max_length=12, choices=Clawback, default=Clawback.DEBT)
    backdate_hours = models.PositiveIntegerField(default=72)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="loyalty_program_one_row"),
            models.CheckConstraint(
                condition=Q(earn_points__gt=0, earn_per_minor__gt=0), name="loyalty_program_rate_above_zero"
            ),
            models.CheckConstraint(condition=Q(expiry_months__gt=0), name="loyalty_program_months_above_zero"),
            models.CheckConstraint(
                condition=Q(fixed_month__range=(1, 12), fixed_day__range=(1, 31)), name="loyalty_program_fixed_date"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """What an account counts: points, or the stamps of one card."""

    class Kind(models.TextChoices):
        POINTS = "points"
        STAMP = "stamp"

    POINTS_CODE = "points"

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.POINTS)
    code = models.CharField(max_length=40, unique=True)
    name_one = models.CharField(max_length=40)
    name_many = models.CharField(max_length=40)

    def __str__(self) -> str:
        return self.code
