from django.contrib import admin
from django.http import HttpRequest

from credits.models import Entry, Hold, PriceVersion, Wallet


class ReadOnlyAdmin(admin.ModelAdmin):  # one base for three models
    """Money is looked at here and moved by actions only."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Wallet)
class WalletAdmin(ReadOnlyAdmin):
    list_display = ["team", "available", "held", "spent"]


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ["id", "team", "kind", "amount", "reference", "is_sandbox", "created_at"]
    list_filter = ["kind", "is_sandbox"]


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    list_display = ["id", "team", "amount", "reference", "created_at"]


@admin.register(PriceVersion)
class PriceVersionAdmin(ReadOnlyAdmin):
    list_display = ["node_type", "number", "loaded_at"]
    search_fields = ["node_type"]
