from django.urls import path

from operations import views

urlpatterns = [
    path("system", views.system, name="system"),
    path("system.json", views.SystemView.as_view(), name="system-json"),
    path("metrics", views.metrics, name="metrics"),
]
