"""The Celery application. Tasks carry hints; rows in Postgres decide."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopme.settings.local")

app = Celery("shopme")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["conversations.directory"])
