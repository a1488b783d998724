from django.apps import AppConfig


class TriggersConfig(AppConfig):
    name = "triggers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from executions.chores import CHORES
        from executions.outbox import CARRIERS
        from triggers.deliveries import look_for_due, take_on

        CARRIERS.append(take_on)
        CHORES.append(look_for_due)
