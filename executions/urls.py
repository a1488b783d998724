from django.urls import path

from executions import (
    api,
    callbacks,
    comparing_pages,
    consumers,
    decision_api,
    decision_pages,
    history_api,
    library_pages,
    run_api,
    usage_api,
    usage_pages,
    views,
    workflow_consumer,
)

api_urlpatterns = [
    path("developer/usage", usage_api.UsageView.as_view()),
    path("workflows/executions", history_api.HistoryView.as_view()),
    path("workflows/executions/<str:execution_id>", api.ExecutionView.as_view()),
    path("workflows/executions/<str:execution_id>/poll", api.PollView.as_view()),
    path("workflows/executions/<str:execution_id>/cancel", api.CancelView.as_view()),
    path("workflows/executions/<str:execution_id>/resume", api.ResumeView.as_view()),
    path(
        "workflows/executions/<str:execution_id>/nodes/<str:node_id>/decision",
        decision_api.DecisionView.as_view(),
    ),
    path("workflows/<str:workflow_id>/executions", history_api.HistoryView.as_view()),
    path("workflows/<str:workflow_id>/run", run_api.RunView.as_view()),
    path("workflows/<str:workflow_id>/execute", api.ExecuteView.as_view()),
    path("workflows/<str:workflow_id>/estimate", api.EstimateView.as_view()),
]

urlpatterns = [
    path("flow/<str:workflow_id>", views.canvas, name="canvas"),
    path("workflows/<str:workflow_id>/plan", api.PlanView.as_view(), name="workflow-plan"),
    path("webhooks/providers/<str:provider>/<str:key>", callbacks.told, name="provider-webhook"),
    path("usage/ledger", usage_pages.ledger, name="ledger"),
    path("usage.csv", usage_pages.usage_csv, name="usage-csv"),
    path("assets", library_pages.library, name="assets"),
    path("assets/use", library_pages.use_in_workflow, name="assets-use"),
    path("executions/compare", comparing_pages.compare_executions, name="compare-executions"),
    path("executions/<uuid:execution_id>", views.detail, name="execution"),
    path("executions/<uuid:execution_id>/graph", views.graph_as_it_was, name="graph-as-it-was"),
    path("executions/<uuid:execution_id>/cancel", views.cancel, name="cancel-execution"),
    path("executions/<uuid:execution_id>/again", views.run_again, name="run-again"),
    path("executions/<uuid:execution_id>/decide", decision_pages.decide_here, name="decide"),
    path("approvals", decision_pages.approvals, name="approvals"),
    path("decide/<str:token>", decision_pages.by_link, name="decide-by-link"),
    path("executions/<uuid:execution_id>/resume", views.resume, name="resume-run"),
    path("executions/<uuid:execution_id>/load", views.load_graph, name="load-graph"),
]

websocket_urlpatterns = [
    path("ws/executions/<uuid:execution_id>", consumers.ExecutionConsumer.as_asgi()),
    path("ws/workflows/<str:workflow_id>", workflow_consumer.WorkflowConsumer.as_asgi()),
]
