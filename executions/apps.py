from django.apps import AppConfig


class ExecutionsConfig(AppConfig):
    name = "executions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from assets.exporting import graphs
        from executions.origins import graph_of

        graphs.connect(graph_of)
