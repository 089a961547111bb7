"""One test database per process: public and the shops `amber` and `blue`, made once and kept by `--reuse-db`.

`shop` (= amber) runs the test inside amber in a transaction that is rolled back; `amber` and `blue` only hand out
the rows, enter them with `inside(blue)`. `client_of(shop, role)` is a signed-in browser on that shop's host.
Tests marked `django_db(transaction=True)` commit for real: every table and sequence of public and of both shops is
put back to what provisioning left. `--reuse-db` copies a ready database, made anew when a migration changed.
"""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase

from tenants.context import inside
from tenants.models import Membership, Role, Shop, User
from tenants.queries import forget
from tests.database import Baseline, drop_database, ready_database

PASSWORD = "a-long-test-password"


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: pytest.FixtureRequest,
    django_db_keepdb: bool,
    django_db_createdb: bool,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """The database at head with both shops, and a flush that puts it back."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        baseline: Baseline = ready_database(keep=django_db_keepdb and not django_db_createdb)
    TransactionTestCase._fixture_setup = classmethod(lambda case: baseline.restart_sequences())  # type: ignore[attr-defined,method-assign]
    TransactionTestCase._fixture_teardown = lambda case: baseline.restore()  # type: ignore[attr-defined,method-assign]
    yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        drop_database(keep=django_db_keepdb)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """No test sees what an earlier one left in this process's short memories."""
    forget()
    yield
    forget()
    connection.set_schema_to_public()


@pytest.fixture
def amber(db: None) -> Shop:
    """Amber Bakery, in rand, at amber.localhost."""
    return Shop.objects.get(slug="amber")


@pytest.fixture
def blue(db: None) -> Shop:
    """Blue Gelato, in euro, at blue.localhost."""
    return Shop.objects.get(slug="blue")


@pytest.fixture
def shop(amber: Shop) -> Iterator[Shop]:
    """Amber, entered for the whole test."""
    with inside(amber):
        yield amber


@pytest.fixture
def in_shop(shop: Shop) -> Shop:
    """The same as `shop`, for tests that only need to be inside."""
    return shop


@pytest.fixture
def client_of(db: None) -> Callable[..., Client]:
    """`client_of(amber, Role.AGENT)`: a browser signed in on amber's host; `client.user` is the person."""
    return signed_in_client


def signed_in_client(shop: Shop, role: Role | str = Role.ADMIN, **headers: str) -> Client:
    """A browser of a new member of `shop`; their session opens that host only."""
    role = Role(role)
    user, is_new = User.objects.get_or_create(
        email=f"{role.value}@{shop.slug}.example", defaults={"name": f"{shop.slug.title()} {role.label}"}
    )
    if is_new:
        user.set_password(PASSWORD)
        user.save()
    Membership.objects.update_or_create(user=user, shop=shop, defaults={"role": role, "is_active": True})
    client = Client(HTTP_HOST=shop.host, **headers)
    client.force_login(user)
    session = client.session
    session["shop_id"] = shop.pk
    session.save()
    client.user = user  # type: ignore[attr-defined]
    return client
