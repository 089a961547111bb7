"""`python -m tests.bench.crowd`: what a shop of years has behind its pages, and how long the pages take. Run by `pages`.

10,000 products, customers, orders and closed chats, 5,000 open ones with 20 messages each. Pages are asked for through
the whole of Django, in one process, as a signed-in Admin; prints seconds and gzipped bytes by page as JSON.
"""

import gzip
import json
import sys
import time
from typing import Any

import django

MANY, OPEN_CHATS, EACH = 10_000, 5_000, 20
ROUNDS = 40
PAGES = {
    "home": "/",
    "orders": "/orders/",
    "orders of one state": "/orders/?state=paid",
    "products": "/products/",
    "products searched": "/products/?q=bread",
    "customers": "/customers/",
    "customers searched": "/customers/?q=person+77",
    "inbox": "/inbox/",
    "inbox searched": "/inbox/?q=person+77",
    "thread": "/inbox/{thread}/",
}

CROWD = """
INSERT INTO loyalty_customer (uuid, name, profile_name, phone, language, tags, notes, is_blocked, created_at, last_seen_at)
SELECT gen_random_uuid(), 'Person ' || n, '', '+2783' || lpad(n::text, 7, '0'), 'en', '[]', '', false,
  now() - n * interval '1 hour', now() - n * interval '1 minute'
FROM generate_series(1, {many}) AS n;

INSERT INTO catalog_product SELECT (jsonb_populate_record(product, jsonb_build_object(
  'id', nextval('catalog_product_id_seq'), 'name', 'Bread of kind ' || n, 'search_text', 'bread of kind ' || n))).*
FROM catalog_product AS product, generate_series(1, {many}) AS n
WHERE product.id = (SELECT min(id) FROM catalog_product);
INSERT INTO catalog_variant SELECT (jsonb_populate_record(variant, jsonb_build_object(
  'id', nextval('catalog_variant_id_seq'), 'product_id', product.id, 'sku', NULL))).*
FROM catalog_variant AS variant, catalog_product AS product
WHERE variant.id = (SELECT min(id) FROM catalog_variant) AND product.name LIKE 'Bread of kind %';

INSERT INTO orders_order (uuid, customer_id, state, currency, subtotal_cents, delivery_cents, discount_cents, total_cents,
  refunded_cents, fulfilment, address_text, note, language, source, source_key, trace, placed_at, paid_at, expires_at, created_at)
SELECT gen_random_uuid(), customer.id, (ARRAY['paid', 'preparing', 'delivered', 'delivered'])[1 + customer.id % 4], 'ZAR',
  4500, 0, 0, 4500, 0, 'collection', '', '', 'en', 'chat', 'crowd:' || customer.id, '[]', customer.last_seen_at,
  customer.last_seen_at, customer.last_seen_at, customer.last_seen_at
FROM loyalty_customer AS customer;
INSERT INTO orders_orderline (order_id, variant_id, name, variant_name, unit_cents, quantity, total_cents, image_key)
SELECT o.id, (SELECT min(id) FROM catalog_variant), 'Bread', '', 4500, 1, 4500, '' FROM orders_order AS o;

INSERT INTO conversations_conversation (customer_id, number_id, state, state_data, language, mode, status, needs_person,
  window_expires_at, last_inbound_at, last_message_at, last_preview, last_author, unread_count, created_at)
SELECT customer.id, {number}, '', '{{}}', 'en', 'bot', CASE WHEN row_number() OVER (ORDER BY id) <= {open_chats} THEN 'open'
  ELSE 'closed' END, false, customer.last_seen_at + interval '1 day', customer.last_seen_at, customer.last_seen_at,
  'Do you have bread today?', 'customer', 1, customer.created_at
FROM loyalty_customer AS customer;
INSERT INTO conversations_message (conversation_id, direction, author, kind, text, content, wamid, token, state, state_at,
  error_code, error_text, context_wamid, cause, created_at)
SELECT thread.id, 'in', 'customer', 'text', 'Do you have bread today? ' || n, '{{"kind": "text", "text": "Do you have bread today?"}}',
  'wamid.crowd.' || thread.id || '.' || n, '', 'received', now(), '', '', '', '', thread.last_message_at - n * interval '1 minute'
FROM conversations_conversation AS thread, generate_series(1, {each}) AS n WHERE thread.status = 'open';
"""


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test import Client

    from tenants.context import inside
    from tenants.models import Membership, Shop, WhatsAppNumber

    settings.ALLOWED_HOSTS = ["*"]
    shop = Shop.objects.order_by("id")[0]
    number = WhatsAppNumber.objects.filter(shop=shop)[0].pk
    with inside(shop), connection.cursor() as cursor:
        cursor.execute(CROWD.format(many=MANY, number=number, open_chats=OPEN_CHATS, each=EACH))
        cursor.execute("ANALYZE")
        cursor.execute("SELECT id FROM conversations_conversation WHERE status = 'open' ORDER BY id LIMIT 1")
        thread = cursor.fetchone()[0]
    client = Client(HTTP_HOST=shop.host)
    client.force_login(Membership.objects.filter(shop=shop)[0].user)
    session = client.session
    session["shop_id"] = shop.pk
    session.save()
    report = {name: measure(client, path.format(thread=thread)) for name, path in PAGES.items()}
    sys.stdout.write(json.dumps(report))


def measure(client: Any, path: str) -> tuple[list[float], int]:
    """Seconds of each round after the first three, and the page's bytes as they travel."""
    took = []
    for _round in range(ROUNDS + 3):
        started = time.perf_counter()
        answer = client.get(path)
        took.append(time.perf_counter() - started)
        if answer.status_code != 200:
            raise SystemExit(f"{path} answered {answer.status_code}")
    return took[3:], len(gzip.compress(answer.content))


if __name__ == "__main__":
    main()
