"""The project: settings, routes and processes. The apps hold everything else."""

from wireflow_ui import collector

collector.look_less_often()

from wireflow_ui.celery import app as celery_app  # noqa: E402  # libraries are loaded under that rule

__all__ = ["celery_app"]
