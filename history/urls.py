from django.urls import path

from history import (
    batch_pages,
    beside,
    buying_pages,
    limit_pages,
    node_results,
    sharing_pages,
    usage_pages,
    views,
)
from workflows import converters  # noqa: F401

urlpatterns = [
    path("executions", views.history, name="executions"),
    path("executions.csv", views.history_csv, name="executions-csv"),
    path("executions/bulk", views.bulk, name="executions-bulk"),
    path("executions/views", views.save_view, name="save-view"),
    path("executions/views/<int:view_id>/delete", views.delete_view, name="delete-view"),
    path("executions/<uuid:execution_id>/share", sharing_pages.share, name="share-execution"),
    path("executions/<uuid:execution_id>/labels", views.change_labels, name="execution-labels"),
    path("beside/runs/<str:workflow_id>", beside.runs, name="beside-runs"),
    path("beside/runs/<str:workflow_id>/<node:node_id>", node_results.of_node, name="beside-node"),
    path("beside/queue", beside.queue, name="beside-queue"),
    path("beside/credits", beside.credits, name="beside-credits"),
    path("batches/<uuid:batch_id>", batch_pages.batch, name="batch"),
    path("batches/<uuid:batch_id>.csv", batch_pages.batch_csv, name="batch-csv"),
    path("batches/<uuid:batch_id>.zip", batch_pages.batch_zip, name="batch-zip"),
    path("batches/<uuid:batch_id>/stop", batch_pages.stop_batch, name="stop-batch"),
    path("shared/run/<str:token>", sharing_pages.shared, name="shared-execution"),
    path("usage", usage_pages.usage_page, name="usage"),
    path("usage/table.csv", usage_pages.usage_table, name="usage-table"),
    path("usage/credits", buying_pages.credits, name="credits"),
    path("webhooks/stripe", buying_pages.stripe_events, name="stripe-events"),
    path("usage/limits", limit_pages.spending_limits, name="spending-limits"),
    path("usage/limits/<int:limit_id>/delete", limit_pages.delete_limit, name="delete-limit"),
    path("executions/retention", views.change_retention, name="retention"),
]
