"""Celery carries hints; rows decide. Queues and the beat schedule are code."""

from datetime import timedelta

from celery.schedules import crontab
from kombu import Queue

from shopme import env

CELERY_BROKER_URL = env.url("REDIS_URL", schemes=("redis", "rediss", "unix"))
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 100
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
# Celery's Django fix-up closes the connection around every task unless this is set (305 against 1,330 tasks/s).
CELERY_DB_REUSE_MAX = 500
CELERY_TASK_DEFAULT_QUEUE = "inbound"
# Which queue works on which task. A queue without tasks is kept for the operating contract's names.
TASKS_OF_QUEUE: dict[str, tuple[str, ...]] = {
    "inbound": (
        "conversations.tasks.submit_templates",
        "conversations.tasks.look_after_shared_templates",
        "conversations.tasks.sync_templates_everywhere",
        "conversations.tasks.sync_templates_of_account",
        "conversations.tasks.move_files",
        "conversations.tasks.move_files_everywhere",
        "conversations.directory.tasks.look_again",
        "conversations.directory.tasks.look_at_photo",
        "conversations.transport.tasks.sweep",
        "payments.tasks.catch_up_payments",
        "payments.tasks.catch_up_payments_everywhere",
        "payments.tasks.compare_payments",
        "payments.tasks.compare_payments_everywhere",
        "payments.tasks.process_payment_notice",
    ),
    "outbound": ("conversations.transport.tasks.drain_outbox", "conversations.transport.tasks.reclaim_outbox"),
    "points": ("loyalty.tasks.digest_shop", "loyalty.tasks.dispatch_digests"),
    "notifications": ("payments.tasks.send_simulated_notice",),
    "expiry": (
        "conversations.transport.tasks.look_at_numbers",
        "conversations.transport.tasks.look_at_numbers_everywhere",
        "conversations.transport.tasks.look_at_shared_numbers",
        "conversations.transport.tasks.note_last_webhooks",
        "conversations.transport.tasks.scrub",
        "loyalty.tasks.dispatch_due",
        "loyalty.tasks.settle_shop",
        "orders.tasks.expire_unpaid",
        "orders.tasks.expire_unpaid_everywhere",
        "payments.tasks.check_gateway_accounts",
        "payments.tasks.check_gateway_accounts_everywhere",
    ),
    "analytics": (),
    "broadcasts": (),
}
CELERY_TASK_QUEUES = [Queue(name) for name in TASKS_OF_QUEUE]
CELERY_TASK_ROUTES = {task: {"queue": queue} for queue, tasks in TASKS_OF_QUEUE.items() for task in tasks}
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    "sweep-transport": {
        "task": "conversations.transport.tasks.sweep",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "look-at-photos-again": {
        "task": "conversations.directory.tasks.look_again",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "reclaim-outbox": {
        "task": "conversations.transport.tasks.reclaim_outbox",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "move-files": {
        "task": "conversations.tasks.move_files_everywhere",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    },
    "look-at-numbers": {
        "task": "conversations.transport.tasks.look_at_numbers_everywhere",
        "schedule": crontab(hour=2, minute=41),
        "options": {"expires": 12 * 3600},
    },
    "check-gateway-accounts": {
        "task": "payments.tasks.check_gateway_accounts_everywhere",
        "schedule": crontab(hour=3, minute=11),
        "options": {"expires": 12 * 3600},
    },
    "note-last-webhooks": {
        "task": "conversations.transport.tasks.note_last_webhooks",
        "schedule": timedelta(seconds=60),
        "options": {"expires": 60},
    },
    "scrub-webhooks": {
        "task": "conversations.transport.tasks.scrub",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "sync-templates": {
        "task": "conversations.tasks.sync_templates_everywhere",
        "schedule": crontab(hour=1, minute=17),
        "options": {"expires": 6 * 3600},
    },
    # What WhatsApp tells of the shared number's account reaches no shop, so it is asked.
    "look-after-shared-templates": {
        "task": "conversations.tasks.look_after_shared_templates",
        "schedule": timedelta(minutes=20),
        "options": {"expires": 1200},
    },
    "settle-points": {
        "task": "loyalty.tasks.dispatch_due",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 240},
    },
    "digest-points": {
        "task": "loyalty.tasks.dispatch_digests",
        "schedule": timedelta(hours=12),
        "options": {"expires": 3600},
    },
    "compare-payments": {
        "task": "payments.tasks.compare_payments_everywhere",
        "schedule": crontab(hour=3, minute=23),
        "options": {"expires": 12 * 3600},
    },
    "expire-unpaid-orders": {
        "task": "orders.tasks.expire_unpaid_everywhere",
        "schedule": timedelta(seconds=60),
        "options": {"expires": 60},
    },
    "catch-up-payments": {
        "task": "payments.tasks.catch_up_payments_everywhere",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    },
}
