"""Every task has its queue, in one list, and beat names only tasks that exist."""

import pytest
from django.conf import settings

from shopme.celery import app

OURS = ("catalog.", "conversations.", "loyalty.", "orders.", "payments.", "shopme.", "tenants.")


@pytest.fixture(scope="module")
def tasks() -> set[str]:
    app.loader.import_default_modules()
    return {name for name in app.tasks if name.startswith(OURS)}


def test_every_task_has_its_queue_and_no_queue_a_task_that_is_gone(tasks: set[str]) -> None:
    assert set(settings.CELERY_TASK_ROUTES) == tasks
    assert sum(len(names) for names in settings.TASKS_OF_QUEUE.values()) == len(tasks)


def test_no_task_names_a_queue_of_its_own(tasks: set[str]) -> None:
    assert [name for name in tasks if getattr(app.tasks[name], "queue", None)] == []


def test_the_queues_are_those_of_the_operating_contract() -> None:
    names = [queue.name for queue in settings.CELERY_TASK_QUEUES]
    assert names == ["inbound", "outbound", "points", "notifications", "expiry", "analytics", "broadcasts"]


def test_a_task_is_sent_to_its_queue(tasks: set[str]) -> None:
    for name in tasks:
        route = app.amqp.router.route({}, name)
        assert route["queue"].name == settings.CELERY_TASK_ROUTES[name]["queue"]


def test_beat_names_tasks_that_exist(tasks: set[str]) -> None:
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= tasks
