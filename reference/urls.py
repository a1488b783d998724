from django.urls import path

from reference import api

api_urlpatterns = [path("openapi.json", api.OpenApi.as_view())]

urlpatterns = [path("openapi.json", api.OpenApi.as_view())]
