from django.urls import path

from triggers import webhook_api

api_urlpatterns = [
    path("workflow/<str:name>/trigger", webhook_api.TriggerView.as_view()),
    path("workflows/<str:workflow_id>/webhook", webhook_api.WebhookView.as_view()),
]
