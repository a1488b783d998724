from __future__ import annotations

from django.urls import path

from assets import api, downloads, serving, uploads_api, views

api_urlpatterns = [
    path("media", api.Library.as_view(), name="api-media"),
    path("media/upload", api.Upload.as_view(), name="api-media-upload"),
    path("media/upload-url", uploads_api.Announce.as_view(), name="api-media-upload-url"),
    path("media/upload-url/complete", uploads_api.Complete.as_view(), name="api-media-upload-complete"),
    path("media/<str:asset_id>", api.Item.as_view(), name="api-media-item"),
]

urlpatterns = [
    path("api/download", downloads.Download.as_view(), name="download"),
    path("media/upload/<str:token>", uploads_api.Receive.as_view(), name="media-upload"),
    path("media/<str:name>", serving.serve_media, name="media"),
    path("assets/delete", views.delete_chosen, name="assets-delete"),
    path("assets/restore", views.restore_chosen, name="assets-restore"),
    path("assets/discard", views.discard_chosen, name="assets-discard"),
    path("assets/download", views.download_chosen, name="assets-download"),
    path("assets/<str:asset_id>/favourite", views.mark, name="asset-favourite"),
    path("assets/<str:asset_id>/download", views.download, name="asset-download"),
    path("assets/<str:asset_id>/delete", views.delete, name="asset-delete"),
    path("assets/<str:asset_id>/restore", views.restore, name="asset-restore"),
]
