from __future__ import annotations

from django.contrib import admin

from workflows.models import Version, Workflow


@admin.register(Workflow)
class WorkflowAdmin(admin.ModelAdmin):
    list_display = ["name", "team", "is_active", "execution_count", "updated_at", "deleted_at"]
    list_filter = ["is_active", "link_permission"]
    search_fields = ["id", "name"]
    readonly_fields = ["id", "created_at", "updated_at", "deleted_at", "execution_count", "last_executed_at"]
    raw_id_fields = ["team", "created_by"]


@admin.register(Version)
class VersionAdmin(admin.ModelAdmin):
    list_display = ["digest", "workflow", "created_at"]
    search_fields = ["digest", "workflow__id"]
    raw_id_fields = ["workflow"]

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False
