from django.urls import path

from archives import views

urlpatterns = [
    path("settings/team/import", views.bring, name="import-team"),
    path("settings/team/archive", views.archive, name="archive"),
    path("settings/team/archive/<int:archive_id>", views.fetch, name="fetch-archive"),
    path("settings/team/archive/<int:archive_id>/remove", views.remove, name="remove-archive"),
]
