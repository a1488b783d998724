from django.urls import path

from triggers import app_api, guide_api, webhook_api

api_urlpatterns = [
    path("workflow/<str:name>/trigger", webhook_api.TriggerView.as_view()),
    path("workflows/<str:workflow_id>/webhook", webhook_api.WebhookView.as_view()),
    path("workflows/<str:workflow_id>/publish", app_api.PublishView.as_view()),
    path("apps/<str:slug>", app_api.AppView.as_view()),
    path("apps/<str:slug>/execute", app_api.AppExecuteView.as_view()),
    path("feedback", guide_api.FeedbackView.as_view()),
    path("agent-guidelines", guide_api.GuidelinesView.as_view()),
]
