"""For the operator. Nothing here shows or takes a text that opens a door."""

from __future__ import annotations

from django.contrib import admin
from django.db import transaction
from django.forms import ModelForm
from django.http import HttpRequest
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import audit
from accounts.models import ApiKey, Member, Team, User

admin.site.unregister(TOTPDevice)  # the table is empty: see `accounts.models.Authenticator`


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

    def save_model(self, request: HttpRequest, obj: Team, form: ModelForm, change: bool) -> None:
        """What an operator changes of a team stands in its audit log as well."""
        names = ("name", "plan", "sandbox_free")
        with transaction.atomic():
            old = Team.objects.filter(pk=obj.pk).first()
            super().save_model(request, obj, form, change)
            audit.record(
                team=obj,
                change="team.changed" if old else "team.made",
                subject=obj.name,
                before={name: getattr(old, name) for name in names} if old else {},
                after={name: getattr(obj, name) for name in names},
                by=User.objects.get(email=request.user.get_username()),
            )


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):
    list_display = ["name", "prefix", "team", "user", "expires_at", "last_used_at"]
    search_fields = ["name", "prefix"]
    fields = ["name", "prefix", "team", "user", "scopes", "expires_at", "last_used_at", "created_at"]
    readonly_fields = ["name", "prefix", "team", "user", "scopes", "expires_at", "last_used_at", "created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
