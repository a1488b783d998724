from django.contrib import admin

from executions.models import Execution, NodeRun, Submission


@admin.register(Execution)
class ExecutionAdmin(admin.ModelAdmin):  # not generic at run time
    list_display = ["id", "workflow_name", "team", "status", "credits_used", "created_at"]
    list_filter = ["status", "trigger"]
    search_fields = ["id", "workflow_name"]
    raw_id_fields = ["workflow", "version", "batch", "started_by", "api_key"]


@admin.register(NodeRun)
class NodeRunAdmin(admin.ModelAdmin):  # not generic at run time
    list_display = ["id", "node_id", "item_path", "node_type", "status", "attempt", "tries", "provider"]
    list_filter = ["status", "provider"]
    raw_id_fields = ["execution"]


@admin.register(Submission)
class SubmissionAdmin(admin.ModelAdmin):  # not generic at run time
    list_display = ["id", "node_run", "number", "provider", "state", "calls", "duplicate_possible"]
    list_filter = ["state", "provider", "duplicate_possible"]
    raw_id_fields = ["node_run"]
