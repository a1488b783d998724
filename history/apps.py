from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "history"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from executions.chores import CHORES
        from history.chores import keep_up

        CHORES.append(keep_up)
