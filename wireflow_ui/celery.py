"""The Celery application: carries ids of work to the workers. The database is the truth."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wireflow_ui.settings")

app = Celery("wireflow_ui")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
