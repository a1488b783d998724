from django.contrib import admin
from django.http import HttpRequest

from assets.models import Asset


@admin.register(Asset)
class AssetAdmin(admin.ModelAdmin):  # not generic at run time
    """To look things up; files come and go through the library."""

    list_display = ("id", "team", "filename", "content_type", "bytes", "origin", "created_at", "deleted_at")
    list_filter = ("origin", "content_type")
    search_fields = ("id", "filename", "sha256")
    raw_id_fields = ("team", "created_by")
    # The names are the addresses' secret.
    exclude = ("name", "thumbnail_name")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Asset | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Asset | None = None) -> bool:
        return False
