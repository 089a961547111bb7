"""What calls the people of the platform: shown at their desk, read there, and nowhere else."""

import pytest
from django.test import Client

from conversations.transport.health import number_alerts as alerts
from tenants.models import AuditEntry, Shop, User
from tests.transport.conftest import new_number

pytestmark = pytest.mark.django_db
DESK = "/admin/transport/platformalert/"


@pytest.fixture
def desk() -> Client:
    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.create_superuser("desk@shopme.example", "secret-words-1", name="Desk"))
    return client


def test_the_desk_shows_what_calls_the_platform_and_nothing_of_shops(desk: Client, amber: Shop) -> None:
    alerts.tell_platform(kind="odd_answer", sentence="An odd answer.", number_id=new_number(amber, "1000001").pk)
    number = new_number(amber, "1000002")
    alerts.raise_alert(number=number, kind="token", severity="danger", sentence="The shop's own.")
    page = desk.get(DESK).content.decode()
    assert "An odd answer." in page
    assert "The shop&#x27;s own." not in page
    assert "1 alert nobody has read" in desk.get("/admin/").content.decode()


def test_what_was_read_at_the_desk_calls_no_more_and_is_on_record(desk: Client, amber: Shop) -> None:
    alerts.tell_platform(kind="odd_answer", sentence="An odd answer.")
    alerts.raise_alert(number=new_number(amber, "1"), kind="token", severity="danger", sentence="The shop's own.")
    (mine,), (theirs,) = alerts.open_alerts(None), alerts.open_alerts(amber)
    desk.post(DESK, {"action": "read", "_selected_action": [mine.pk, theirs.pk]})
    assert (alerts.unread_count(None), alerts.unread_count(amber)) == (0, 1)
    assert "nobody has read" not in desk.get("/admin/").content.decode()
    entry = AuditEntry.objects.get(action="alert.read")
    assert (entry.shop_id, entry.subject) == (None, "odd_answer")


def test_nobody_else_sees_them(amber: Shop) -> None:
    assert Client(HTTP_HOST="localhost").get(DESK)["Location"].startswith("/admin/login/")
    assert Client(HTTP_HOST=amber.host).get(DESK).status_code == 404
