"""How often a password may be tried, and a link to a new one asked for. Counted in Postgres before anything is done.

A person may fail 10 times in 15 minutes, a network address 10 times, and one address on one person 5 times: so a
stranger on one address never locks a person out elsewhere. A new password clears that person's count.
Links: 3 for a person and 10 from an address in 15 minutes. Who is kept waiting by others has their links already.
"""

import hashlib
import ipaddress
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from shopme.lib.errors import BusinessError
from tenants.models import LoginFailure, ResetRequest

WINDOW = timedelta(minutes=15)
KEPT = timedelta(days=1)
PER_PERSON = 10
PER_ADDRESS = 10
PER_PAIR = 5
LINKS_PER_PERSON = 3
LINKS_PER_ADDRESS = 10


class TooManyTries(BusinessError):
    """Too many wrong passwords lately; wait a quarter of an hour or set a new password."""


class TooManyLinks(BusinessError):
    """Too many links to a new password were asked for lately."""


def note_try(*, email: str, ip: str) -> int:
    """Count one try as failed until `forget_pair` says otherwise; returns its id.

    Tries on the same person or from the same address wait for each other, so parallel ones cannot pass together.
    Refuses: `TooManyTries`.
    """
    email_hash, address = hash_email(email), network_of(ip)
    with transaction.atomic():
        _wait_for_turn(email_hash, address)
        if _is_locked(email_hash, address):
            raise TooManyTries("Too many tries. Wait 15 minutes or set a new password.")
        LoginFailure.objects.filter(at__lt=timezone.now() - KEPT).delete()
        return LoginFailure.objects.create(email_hash=email_hash, ip=address).pk


def note_reset(*, email: str, ip: str) -> None:
    """Count one wish for a link to a new password, for people we know and others alike.

    Wishes for the same person or from the same address wait for each other. Refuses: `TooManyLinks`.
    """
    email_hash, address = hash_email(email), network_of(ip)
    with transaction.atomic():
        _wait_for_turn(email_hash, address)
        recent = ResetRequest.objects.filter(at__gt=timezone.now() - WINDOW)
        if (
            recent.filter(email_hash=email_hash).count() >= LINKS_PER_PERSON
            or recent.filter(ip=address).count() >= LINKS_PER_ADDRESS
        ):
            raise TooManyLinks("Too many links were asked for. Look into your mailbox, or wait 15 minutes.")
        ResetRequest.objects.filter(at__lt=timezone.now() - KEPT).delete()
        ResetRequest.objects.create(email_hash=email_hash, ip=address)


def is_locked(*, email: str, ip: str) -> bool:
    """Whether the next try would be refused."""
    return _is_locked(hash_email(email), network_of(ip))


def forget_pair(*, email: str, ip: str) -> None:
    """The person proved themselves from this address: their slips there no longer count."""
    LoginFailure.objects.filter(email_hash=hash_email(email), ip=network_of(ip)).delete()


def forget_person(*, email: str) -> None:
    """The person has a new password: earlier tries no longer count."""
    LoginFailure.objects.filter(email_hash=hash_email(email)).delete()


def hash_email(email: str) -> bytes:
    return hashlib.sha256(email.strip().lower().encode("utf-8", "replace")).digest()


def network_of(ip: str) -> str:
    """The address that counts: an IPv4 address, or the /64 an IPv6 customer holds as a whole."""
    try:
        address = ipaddress.ip_address(ip.strip())
    except ValueError:
        return "0.0.0.0"  # noqa: S104  (one shared count for whoever has no address)
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)


def _recent() -> QuerySet[LoginFailure]:
    return LoginFailure.objects.filter(at__gt=timezone.now() - WINDOW)


def _is_locked(email_hash: bytes, address: str) -> bool:
    recent = _recent()
    return (
        recent.filter(email_hash=email_hash, ip=address).count() >= PER_PAIR
        or recent.filter(email_hash=email_hash).count() >= PER_PERSON
        or recent.filter(ip=address).count() >= PER_ADDRESS
    )


def _wait_for_turn(email_hash: bytes, address: str) -> None:
    keys = sorted(
        int.from_bytes(hashlib.sha256(part).digest()[:8], "big", signed=True)
        for part in (b"login-person:" + email_hash, b"login-address:" + address.encode())
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '5s'")
        for key in keys:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
