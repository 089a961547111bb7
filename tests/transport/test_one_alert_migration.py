"""What was told before there was one list of alerts is in it afterwards, at its times."""

from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from tenants.models import Shop
from tests.transport.conftest import new_number

pytestmark = pytest.mark.django_db
migration = import_module("conversations.transport.migrations.0012_one_alert")


@pytest.fixture
def before() -> Any:
    """The models just before the rows are moved, with the old table in this test's transaction."""
    state = MigrationLoader(None).project_state(
        [("transport", "0011_portfolio_by_class"), ("tenants", "0006_several_numbers")]
    )
    for operation in migration.Migration.operations[:4]:
        operation.state_forwards("transport", state)
    with connection.schema_editor(atomic=False) as editor:
        editor.create_model(state.apps.get_model("transport", "Alert"))
    return state.apps


def test_old_alerts_are_kept_and_of_several_open_ones_the_newest_stays_open(before: Any, amber: Shop) -> None:
    number, days = new_number(amber, "1000001"), [datetime(2026, 11, day, tzinfo=UTC) for day in (1, 2, 3)]
    alert, joined = (before.get_model("transport", name) for name in ("Alert", "NumberAlert"))
    joined.objects.create(number_id=number.pk, shop_id=amber.pk, kind="quality", severity="warning", sentence="Low.")
    mine = {"shop_id": amber.pk, "number_id": number.pk}
    code = {"kind": "error_code", "error_code": "131042", **mine}
    alert.objects.create(key="1", sentence="Pay.", at=days[0], **code)
    alert.objects.create(key="2", sentence="Pay!", at=days[1], **code)
    alert.objects.create(key="3", sentence="Stopped.", kind="sending_stopped", at=days[0], done_at=days[2], **mine)
    alert.objects.create(key="4", sentence="Odd.", kind="odd_answer", number_id=number.pk, at=days[2])
    done = {"kind": "error_code", "error_code": "131049", **mine}
    alert.objects.create(key="6", sentence="Calm.", at=days[0], **done)
    alert.objects.create(key="7", sentence="Calm?", at=days[1], done_at=days[2], **done)
    alert.objects.create(key="5", sentence="Not its number.", kind="error_code", shop_id=amber.pk, number_id=0)

    migration.bring_together(before, None)

    rows = joined.objects.exclude(kind="quality").order_by("id")
    about = f"number:{number.pk}"
    assert list(rows.values_list("key", "kind", "severity", "resolved_at", "sentence")) == [
        (about, "code:131042", "warning", days[1], "Pay."),
        (about, "code:131042", "warning", None, "Pay!"),
        (about, "sending_stopped", "danger", days[2], "Stopped."),
        ("platform", "odd_answer", "warning", None, "Odd."),
        (about, "code:131049", "warning", None, "Calm."),
        (about, "code:131049", "warning", days[2], "Calm?"),
    ]
    assert joined.objects.get(kind="quality").key == about
