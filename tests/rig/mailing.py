"""`python -m tests.rig.mailing --line 990000000000000 --people 40 --each 1`: messages of a shop to many people, in their queue."""

import argparse
from datetime import timedelta

import django


def main() -> None:
    from django.db import transaction
    from django.utils import timezone

    from conversations import outbox
    from conversations.models import Conversation
    from conversations.transport.models import OutboxItem
    from conversations.transport.replies import Text
    from loyalty.models import Customer
    from tenants.context import inside
    from tenants.queries import number_by_phone_number_id

    parser = argparse.ArgumentParser()
    parser.add_argument("--line", required=True)
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--each", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--send-class", default="rather_twice")
    choice = parser.parse_args()
    number = number_by_phone_number_id(choice.line)
    at, said = timezone.now(), []
    with inside(number.shop), transaction.atomic():  # type: ignore[arg-type]
        for place in range(choice.first, choice.first + choice.people):
            customer = Customer.objects.create(name=f"Person {place}", phone=f"+27861{place:06d}")
            talk = Conversation.objects.create(
                customer=customer, number_id=number.pk, last_inbound_at=at, window_expires_at=at + timedelta(hours=23)
            )
            replies = [Text(f"{place}/{step}") for step in range(choice.each)]
            said += outbox.enqueue(conversation=talk, replies=replies, cause=f"mailing:{place}")
        rows = OutboxItem.objects.filter(number_id=number.pk, message_id__in=[message.pk for message in said])
        rows.update(send_class=choice.send_class)


if __name__ == "__main__":
    django.setup()
    main()
