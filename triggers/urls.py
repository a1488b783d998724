from django.urls import path

from triggers import (
    app_api,
    app_views,
    delivery_views,
    guide_api,
    schedule_api,
    schedule_pages,
    table_pages,
    views,
    webhook_api,
    webhook_pages,
)

api_urlpatterns = [
    path("workflow/<str:name>/trigger", webhook_api.TriggerView.as_view()),
    path("workflows/<str:workflow_id>/webhook", webhook_api.WebhookView.as_view()),
    path("workflows/<str:workflow_id>/schedules", schedule_api.SchedulesView.as_view()),
    path("workflows/<str:workflow_id>/schedules/<str:schedule_id>", schedule_api.ScheduleView.as_view()),
    path(
        "workflows/<str:workflow_id>/schedules/<str:schedule_id>/run", schedule_api.ScheduleRunView.as_view()
    ),
    path("workflows/<str:workflow_id>/publish", app_api.PublishView.as_view()),
    path("apps/<str:slug>", app_api.AppView.as_view()),
    path("apps/<str:slug>/execute", app_api.AppExecuteView.as_view()),
    path("feedback", guide_api.FeedbackView.as_view()),
    path("agent-guidelines", guide_api.GuidelinesView.as_view()),
]

urlpatterns = [
    path("deliveries", delivery_views.deliveries, name="deliveries"),
    path("deliveries/<uuid:delivery_id>.json", delivery_views.body, name="delivery-body"),
    path("deliveries/<uuid:delivery_id>/again", delivery_views.again, name="deliver-again"),
    path("workflows/<str:workflow_id>/settings", views.workflow_settings, name="workflow-settings"),
    path("workflows/<str:workflow_id>/settings/webhook", views.change_webhook, name="webhook-change"),
    path("workflows/<str:workflow_id>/settings/app", views.change_app, name="app-change"),
    path("workflows/<str:workflow_id>/table", table_pages.table_page, name="workflow-table"),
    path("workflows/<str:workflow_id>/table.csv", table_pages.empty_table, name="workflow-table-csv"),
    path("workflows/<str:workflow_id>/schedules/new", schedule_pages.new_schedule, name="schedule-new"),
    path("schedules", schedule_pages.overview, name="schedules"),
    path("schedules/preview", schedule_pages.preview, name="schedule-preview"),
    path("schedules/<uuid:schedule_id>", schedule_pages.one_schedule, name="schedule"),
    path("schedules/<uuid:schedule_id>/do", schedule_pages.do_schedule, name="schedule-do"),
    path("webhooks", webhook_pages.overview, name="webhooks"),
    path("app/<str:slug>", app_views.app_page, name="app"),
    path("app/<str:slug>/style.css", app_views.app_style, name="app-style"),
    path("app/<str:slug>/runs/<uuid:execution_id>", app_views.app_run, name="app-run"),
]
