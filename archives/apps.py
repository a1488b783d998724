from django.apps import AppConfig


class ArchivesConfig(AppConfig):
    name = "archives"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from archives.chores import keep_up
        from executions.chores import CHORES

        CHORES.append(keep_up)
