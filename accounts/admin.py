"""For the operator. Nothing here shows or takes a text that opens a door."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import ApiKey, Member, Team, User


class MemberInline(admin.TabularInline):  # Django knows no such subscript
    model = Member
    extra = 0


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ["email", "name", "is_active", "is_staff", "last_login"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "is_active", "is_staff", "is_superuser", "last_login", "created_at"]
    readonly_fields = ["last_login", "created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # people are made with a team: create_api_key, or an owner adding a member


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin):
    list_display = ["name", "plan", "sandbox_free", "created_at"]
    list_filter = ["plan"]
    search_fields = ["name"]
    inlines = [MemberInline]


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):
    list_display = ["name", "prefix", "team", "user", "expires_at", "last_used_at"]
    search_fields = ["name", "prefix"]
    fields = ["name", "prefix", "team", "user", "scopes", "expires_at", "last_used_at", "created_at"]
    readonly_fields = ["name", "prefix", "team", "user", "scopes", "expires_at", "last_used_at", "created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
