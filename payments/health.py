"""Do the shop's accounts at gateways still work? A registration that points elsewhere charges people for nothing."""

from datetime import datetime

import structlog
from django.utils import timezone

from payments.accounts import gateway_for, note_problem
from payments.gateways.base import CredentialsRejected, GatewayError
from payments.models import GatewayAccount

Problem = GatewayAccount.Problem
log = structlog.get_logger(__name__)


def check_all(*, at: datetime | None = None) -> int:
    """Check every account of the shop; returns how many have a problem. One that cannot say now is asked tomorrow."""
    wrong = 0
    for account_id in (
        GatewayAccount.objects.filter(retired_at__isnull=True).order_by("id").values_list("id", flat=True)
    ):
        try:
            wrong += bool(check(account_id=account_id, at=at))
        except GatewayError as problem:
            log.warning("payment_account_not_checked", account_id=account_id, problem=type(problem).__name__)
    return wrong


def problem_count() -> int:
    """How many accounts do not do their work, for the badge of the settings."""
    return GatewayAccount.objects.filter(retired_at__isnull=True).exclude(problem="").count()


def check(*, account_id: int, at: datetime | None = None) -> str:
    """Ask the gateway whether key and registration are as they should be; returns what is wrong, empty if nothing.

    Not inside a transaction. Refuses: `GatewayError` where the gateway cannot say now.
    """
    account = GatewayAccount.objects.get(pk=account_id)
    at = at or timezone.now()
    try:
        report = gateway_for(account).check_credentials()
        problem = Problem.NO_WEBHOOK if report.has_webhook is False else ""
    except CredentialsRejected:
        problem = Problem.REJECTED
    if not account.is_active and problem != Problem.REJECTED:
        problem = Problem.UNFINISHED
    note_problem(account_id=account.pk, problem=problem, at=at)
    return problem
