"""The project: settings, routes and processes. The apps hold everything else."""

from wireflow_ui import collector, heaps

collector.look_less_often()
heaps.share()

from wireflow_ui.celery import app as celery_app  # noqa: E402  # libraries are loaded under that rule

__all__ = ["celery_app"]
