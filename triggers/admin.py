from __future__ import annotations

from django.contrib import admin

from triggers.models import App, Feedback, Webhook


@admin.register(Webhook)
class WebhookAdmin(admin.ModelAdmin):
    list_display = ["workflow", "credits_per_day", "calls_per_minute", "created_at"]
    raw_id_fields = ["workflow", "created_by"]


@admin.register(App)
class AppAdmin(admin.ModelAdmin):
    list_display = ["slug", "name", "is_on", "published_at"]
    search_fields = ["slug", "name"]
    raw_id_fields = ["workflow", "version", "published_by"]


@admin.register(Feedback)
class FeedbackAdmin(admin.ModelAdmin):
    list_display = ["title", "category", "user", "created_at"]
    list_filter = ["category"]
    search_fields = ["title", "body"]
    raw_id_fields = ["team", "user"]
