"""The many names WhatsApp may give one person, and the doubts about them."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from loyalty.models.people import Customer


class CustomerIdentity(models.Model):
    """One name WhatsApp uses for a customer, valid inside one business portfolio (`scope`).

    A name somebody gave up is kept with the day it ended (`retired_at`): whoever uses it afterwards is another person.
    """

    class Kind(models.TextChoices):
        PHONE = "phone"
        BSUID = "bsuid"
        PARENT_BSUID = "parent_bsuid"
        # A person may change it and another may take it: kept to show, never used to recognise.
        USERNAME = "username"

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="identities")
    scope = models.CharField(max_length=64)
    kind = models.CharField(max_length=12, choices=Kind)
    value = models.CharField(max_length=160)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "kind", "value"],
                condition=~Q(kind="username") & Q(retired_at__isnull=True),
                name="loyalty_identity_one_customer",
            ),
            models.UniqueConstraint(
                fields=["customer", "scope", "kind", "value"],
                condition=Q(retired_at__isnull=True),
                name="loyalty_identity_once",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["phone", "bsuid", "parent_bsuid", "username"]), name="loyalty_identity_kind"
            ),
        ]
        # A stranger's first message asks whether anybody, anywhere, ever had this name.
        indexes = [models.Index(fields=["value"], name="loyalty_identity_by_value")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class PhoneAlias(models.Model):
    """A phone as we wrote to it, and as WhatsApp knows that account (Brazil, Mexico, Argentina)."""

    scope = models.CharField(max_length=64)
    phone = models.CharField(max_length=20)
    wa_id = models.CharField(max_length=20)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "phone"], name="loyalty_phone_alias_once")]
        indexes = [models.Index(fields=["wa_id", "scope"], name="loyalty_phone_alias_of")]

    def __str__(self) -> str:
        return f"{self.phone} is {self.wa_id}"


class IdentityDoubt(models.Model):
    """Two customers are perhaps one person: a message named both. It went to `customer`; nobody is merged by guess."""

    class State(models.TextChoices):
        OPEN = "open"
        MERGED = "merged", "The same person"
        DIFFERENT = "different", "Different people"

    class Reason(models.TextChoices):
        # A message came with the id of one and a name of the other.
        NAMES = "names"
        # WhatsApp said that a phone changed to one that was known already.
        NUMBER_CHANGE = "number_change"
        # A customer shared a phone by button that is another customer's.
        SHARED_PHONE = "shared_phone"

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="doubts")
    other = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=16, choices=Reason)
    # The name both are known by, as WhatsApp wrote it.
    scope = models.CharField(max_length=64)
    kind = models.CharField(max_length=12, choices=CustomerIdentity.Kind)
    value = models.CharField(max_length=160)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    seen_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "other", "scope", "kind", "value"], name="loyalty_doubt_once"),
            models.CheckConstraint(condition=~Q(customer=F("other")), name="loyalty_doubt_of_two"),
            models.CheckConstraint(
                condition=Q(state="open") | Q(decided_at__isnull=False), name="loyalty_doubt_decided_when"
            ),
        ]
        indexes = [
            models.Index(fields=["other"], condition=Q(state="open"), name="loyalty_doubt_open_other"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of customers {self.customer_id} and {self.other_id}"
