"""What a code does beyond its message: who slows down, who stops, who is told, and how often."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conversations.transport import delivery, outbox
from conversations.transport.giving_up.dead_letters import Decision
from conversations.transport.giving_up.replay import NotDead
from conversations.transport.health import number_alerts as alerts
from conversations.transport.health import pace
from conversations.transport.models import NumberAlert, NumberHealth, OutboxItem, WebhookEndpoint
from conversations.transport.sending import resending
from conversations.transport.sending.statuses import apply_receipts
from conversations.transport.types import Receipt, ReceiptStatus
from tenants.context import inside
from tenants.models import AuditEntry, Shop, User, WhatsAppNumber
from tenants.queries import number_by_id
from tests.fakes.graph import FakeGraph
from tests.transport.sending import MemoryStore, Post

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def post(amber: Shop, store: MemoryStore) -> Post:
    return Post(amber, store)


def drain(post: Post) -> None:
    delivery.drain(post.number.pk)


def reader() -> User:
    return User.objects.get_or_create(email="r@example.com", defaults={"name": "R"})[0]


def slow_numbers() -> set[int]:
    return set(NumberHealth.objects.filter(slow_until__gt=timezone.now()).values_list("number_id", flat=True))


def fails_later(post: Post, message_id: int, code: int) -> None:
    """A receipt tells minutes later that the message did not arrive."""
    row = post.row(message_id)
    failed = Receipt(
        wamid=row.wamid or "wamid.X",
        status=ReceiptStatus.FAILED,
        at=timezone.now(),
        token=row.token,
        error_code=code,
        error_text="(#131049) whatever Meta says",
    )
    with inside(post.shop):
        apply_receipts(shop=post.shop, number_id=post.number.pk, receipts=[failed])


@pytest.mark.parametrize(("code", "slowed"), [(130429, "one"), (80007, "account"), (4, "app")])
def test_too_many_calls_slow_the_number_the_account_or_the_app(
    amber: Shop, blue: Shop, store: MemoryStore, graph: FakeGraph, code: int, slowed: str
) -> None:
    first = Post(amber, store, waba_id="waba-1")
    same_account, same_app = Post(amber, store, waba_id="waba-1"), Post(blue, store, waba_id="waba-2")
    own_app = Post(blue, store, waba_id="waba-3")
    WebhookEndpoint.objects.create(
        kind="number", opaque="o", scheme="meta", number_id=own_app.number.pk, secrets=["their own app"]
    )
    WhatsAppNumber.objects.update(account_proof=WhatsAppNumber.AccountProof.SAID)
    graph.fail_next("code", code=code, status=400)
    first.say("Hello")
    drain(first)
    one = {first.number.pk}
    account = one | {same_account.number.pk}
    assert slow_numbers() == {"one": one, "account": account, "app": account | {same_app.number.pk}}[slowed]


def test_an_app_of_its_own_slows_only_its_own_numbers(
    amber: Shop, blue: Shop, store: MemoryStore, graph: FakeGraph
) -> None:
    own, other = Post(amber, store), Post(blue, store)
    WebhookEndpoint.objects.create(kind="number", opaque="o", scheme="meta", number_id=own.number.pk, secrets=["own"])
    graph.fail_next("code", code=4)
    own.say("Hello")
    drain(own)
    assert slow_numbers() == {own.number.pk}
    assert other.number.pk not in slow_numbers()


def test_a_message_calmed_by_meta_is_not_tried_again_for_a_day(post: Post, graph: FakeGraph) -> None:
    graph.fail_next("code", code=131049)
    (message_id,) = post.say("Sale!")
    drain(post)
    assert post.row(message_id).state == "failed"
    by = Decision(reason="please")
    with pytest.raises(resending.TooSoon, match="in 24 hours"):
        resending.send_again(shop=post.shop, message_id=message_id, by=by)
    OutboxItem.objects.update(next_at=timezone.now() - timedelta(days=1, seconds=1))
    resending.send_again(shop=post.shop, message_id=message_id, by=by)
    drain(post)
    assert (post.row(message_id).state, len(graph.calls)) == ("sent", 1)


@pytest.mark.parametrize(
    ("code", "wait"), [(132015, 10_800), (131057, 120), (133004, 300), (134101, 600), (131042, 3_600)]
)
def test_what_is_put_off_waits_as_long_as_the_table_says(post: Post, graph: FakeGraph, code: int, wait: int) -> None:
    graph.fail_next("code", code=code)
    (message_id,) = post.say("Hello")
    drain(post)
    row = post.row(message_id)
    assert row.state == "queued"
    assert wait - 2 < (row.next_at - timezone.now()).total_seconds() <= wait


def test_a_paused_template_waits_until_its_pause_ends(post: Post, graph: FakeGraph, amber: Shop, blue: Shop) -> None:
    graph.fail_next("code", code=132015)
    (message_id,) = post.say("Hello")
    drain(post)
    assert outbox.release(shop_id=blue.pk, error_code=132015) == 0
    assert outbox.release(shop_id=amber.pk, error_code=132015) == 1
    drain(post)
    assert post.row(message_id).state == "sent"


def test_an_odd_code_is_told_to_the_platform_once_a_day(post: Post, graph: FakeGraph, amber: Shop) -> None:
    graph.fail_next("code", code=777_777, times=3)
    for person in range(3):
        post.say("Hello", to=f"2782400000{person}")
        drain(post)
    (alert,) = alerts.unread_alerts(None)
    assert (alert.key, alert.kind, alert.number_id) == ("platform", "code:777777", post.number.pk)
    assert alert.sentence.startswith("WhatsApp refuses messages with error 777777.")
    assert alerts.open_alerts(amber) == []

    def again(hours: int) -> int:
        NumberAlert.objects.update(since=timezone.now() - timedelta(hours=hours))
        graph.fail_next("code", code=777_777)
        post.say("Hello", to=f"278240000{hours}")
        drain(post)
        return NumberAlert.objects.count()

    assert again(25) == 1  # it is open still
    alerts.acknowledge(shop=None, alert_id=alert.pk, actor=reader())
    assert (again(23), alerts.unread_count(None)) == (1, 0)
    assert (again(25), alerts.unread_count(None)) == (2, 1)


@pytest.mark.parametrize("mode", ["html", "empty", "truncated", "wrong_type", "missing_id"])
def test_an_answer_nobody_can_read_is_unknown_and_told_once(post: Post, graph: FakeGraph, mode: str) -> None:
    graph.fail_next(mode, times=2)
    ids = [post.say("Hello", to=f"2782400000{person}")[0] for person in range(2)]
    drain(post)
    assert {post.row(key).state for key in ids} == {"unknown"}
    assert [alert.kind for alert in alerts.unread_alerts(None)] == ["odd_answer"]


def test_a_billing_problem_is_told_to_the_shop_only(post: Post, graph: FakeGraph, amber: Shop, blue: Shop) -> None:
    graph.fail_next("code", code=131042)
    post.say("Hello")
    drain(post)
    (alert,) = alerts.unread_alerts(amber)
    assert alert.sentence.startswith("Meta reports a problem with your payment method.")
    assert alerts.open_alerts(blue) == alerts.open_alerts(None) == []
    for stranger in (blue, None):
        with pytest.raises(alerts.NoSuchAlert):
            alerts.acknowledge(shop=stranger, alert_id=alert.pk, actor=reader())
    alerts.acknowledge(shop=amber, alert_id=alert.pk, actor=reader())
    assert alerts.open_alerts(amber) == []


def test_what_a_shop_cannot_mend_on_the_shared_number_calls_the_platform(
    post: Post, graph: FakeGraph, amber: Shop
) -> None:
    WhatsAppNumber.objects.update(shop=None, kind="shared")
    graph.fail_next("code", code=131042)
    post.say("Hello")
    drain(post)
    assert [alert.kind for alert in alerts.unread_alerts(None)] == ["code:131042"]
    assert alerts.open_alerts(amber) == []


def test_a_number_that_stops_is_told_once_and_the_notice_ends_when_it_sends_again(
    post: Post, graph: FakeGraph, amber: Shop
) -> None:
    graph.fail_always("code", code=190, status=401)
    for person in range(4):
        post.say("Hello", to=f"2782400000{person}")
    drain(post)
    (alert,) = alerts.open_alerts(amber)
    assert (alert.kind, alert.number_id, alert.severity) == ("token", post.number.pk, "danger")
    alerts.acknowledge(shop=amber, alert_id=alert.pk, actor=reader())
    graph.heal()
    pace.close_breaker(number_id=post.number.pk)
    assert alerts.open_alerts(amber) == []
    graph.fail_always("code", code=190, status=401)
    OutboxItem.objects.update(next_at=timezone.now())
    drain(post)
    assert (NumberAlert.objects.count(), alerts.unread_count(amber)) == (2, 1)  # it stopped anew, and that is news


def test_a_refusal_of_a_token_that_was_replaced_meanwhile_stops_nothing(
    post: Post, graph: FakeGraph, amber: Shop
) -> None:
    """Another process may still remember the old token for some seconds."""
    graph.fail_next("code", code=190, status=401)
    post.say("Hello")
    number_by_id(post.number.pk)  # remembered with its old token
    other = WhatsAppNumber.objects.get(pk=post.number.pk)
    other.access_token = "the new one"
    other.save()
    drain(post)
    assert NumberHealth.objects.get(pk=post.number.pk).breaker == "closed"
    assert alerts.open_alerts(amber) == []
    OutboxItem.objects.update(next_at=timezone.now())
    drain(post)
    assert [call.access_token for call in graph.calls] == ["the new one"]


@pytest.mark.parametrize("code", [131026, 131047, 130472, 131049])
def test_a_failure_by_receipt_is_told_in_our_words(post: Post, graph: FakeGraph, code: int) -> None:
    (message_id,) = post.say("Hello")
    drain(post)
    fails_later(post, message_id, code)
    assert (post.row(message_id).state, post.row(message_id).error_code) == ("failed", str(code))
    assert "(#" not in post.store.receipts[-1].receipt.error_text


@pytest.mark.parametrize(("code", "kind"), [(190, "token"), (368, "sending_stopped"), (131031, "sending_stopped")])
def test_a_receipt_may_stop_the_number_too_and_is_told_once(
    post: Post, graph: FakeGraph, amber: Shop, code: int, kind: str
) -> None:
    (message_id,) = post.say("Hello")
    drain(post)
    fails_later(post, message_id, code)
    assert NumberHealth.objects.get(pk=post.number.pk).breaker == "hard"
    assert [alert.kind for alert in alerts.open_alerts(amber)] == [kind]


def test_the_tries_of_a_code_are_its_own_and_then_a_person_decides(post: Post, graph: FakeGraph) -> None:
    graph.fail_always("code", code=131000, status=500)
    (message_id,) = post.say("Hello")
    for _ in range(4):
        drain(post)
        OutboxItem.objects.update(next_at=timezone.now(), lease_until=timezone.now())
        delivery.reclaim()
    assert len(graph.refusals) == 3
    assert (post.row(message_id).state, post.store.states[message_id]) == ("dead", "failed")
    assert (post.store.results[-1].error_code, post.store.results[-1].error_text[:8]) == (131000, "WhatsApp")


def test_a_refused_message_sent_again_is_the_same_one_under_a_new_token(post: Post, graph: FakeGraph) -> None:
    (message_id,) = post.say("Hello")
    drain(post)
    old = post.row(message_id)
    fails_later(post, message_id, 131052)
    resending.send_again(shop=post.shop, message_id=message_id, by=Decision(None, "from the thread"))
    drain(post)
    row = post.row(message_id)
    assert (row.pk, row.dedupe_key, row.state) == (old.pk, old.dedupe_key, "sent")
    assert row.token != old.token
    assert row.wamid != old.wamid
    assert [call.payload["text"]["body"] for call in graph.calls] == ["Hello", "Hello"]
    assert AuditEntry.objects.get(action="send.retried").detail == {"reason": "from the thread"}
    with pytest.raises(NotDead):
        resending.send_again(shop=post.shop, message_id=message_id, by=Decision())


def test_what_whatsapp_would_refuse_again_is_not_sent_again(post: Post, graph: FakeGraph, amber: Shop) -> None:
    graph.fail_next("code", code=131026)
    (message_id,) = post.say("Hello")
    drain(post)
    with pytest.raises(resending.NotAgain, match="not on WhatsApp"):
        resending.send_again(shop=amber, message_id=message_id, by=Decision(User(), "x"))
    assert post.row(message_id).state == "failed"


def test_another_shop_cannot_send_it_again(post: Post, graph: FakeGraph, blue: Shop) -> None:
    graph.fail_next("code", code=131052, times=2)
    (message_id,) = post.say("Hello")
    drain(post)
    with pytest.raises(NotDead):
        resending.send_again(shop=blue, message_id=message_id, by=Decision())
