from django.urls import path

from history import views

urlpatterns = [
    path("executions", views.history, name="executions"),
    path("executions.csv", views.history_csv, name="executions-csv"),
    path("executions/bulk", views.bulk, name="executions-bulk"),
    path("executions/views", views.save_view, name="save-view"),
    path("executions/views/<int:view_id>/delete", views.delete_view, name="delete-view"),
    path("executions/retention", views.change_retention, name="retention"),
]
