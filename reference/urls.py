from django.urls import path

from reference import api, views

api_urlpatterns = [path("openapi.json", api.OpenApi.as_view())]

urlpatterns = [
    path("openapi.json", api.OpenApi.as_view()),
    path("docs", views.index, name="docs"),
    path("docs/api", views.reference, name="docs-api"),
    path("docs/<slug:slug>", views.guide, name="docs-guide"),
]
