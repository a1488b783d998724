from django.apps import AppConfig


class TriggersConfig(AppConfig):
    name = "triggers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from executions.chores import CHORES
        from executions.outbox import CARRIERS
        from triggers.deliveries import look_for_due, take_on
        from triggers.firing import fire_due

        CARRIERS.append(take_on)
        CHORES.insert(0, fire_due)  # before what may take its time, for these have one of their own
        CHORES.append(look_for_due)
