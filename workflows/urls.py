from __future__ import annotations

from django.urls import path

from workflows import (  # noqa: F401  # `converters` names what routes write
    api,
    beside,
    catalog_api,
    components_api,
    converters,
    gallery,
    generate_api,
    importing,
    versions_api,
    views,
)

api_urlpatterns = [
    path("nodes", api.NodeTypes.as_view(), name="api-nodes"),
    path("models", catalog_api.Models.as_view(), name="api-models"),
    path("remotion/templates", catalog_api.VideoTemplates.as_view()),
    path("remotion/templates/<str:template_id>", catalog_api.VideoTemplate.as_view()),
    path("render/remotion/preview", catalog_api.VideoPreview.as_view()),
    path("blocks", catalog_api.Blocks.as_view()),
    path("components", components_api.Components.as_view(), name="api-components"),
    path("components/<str:component_id>", components_api.OneComponent.as_view(), name="api-component"),
    path("components/<str:component_id>/workflows", components_api.Uses.as_view(), name="api-component-uses"),
    path(
        "components/<str:component_id>/workbench",
        components_api.Workbench.as_view(),
        name="api-component-workbench",
    ),
    path("workflows", api.Workflows.as_view(), name="api-workflows"),
    path("workflows/generate/stream", generate_api.Generate.as_view(), name="api-workflow-generate"),
    path("workflows/lint", api.Lint.as_view(), name="api-workflow-lint"),
    path("workflows/<workflow:workflow_id>", api.OneWorkflow.as_view(), name="api-workflow"),
    path(
        "workflows/<workflow:workflow_id>/visibility",
        api.Visibility.as_view(),
        name="api-workflow-visibility",
    ),
    path("workflows/<workflow:workflow_id>/layout", api.Layout.as_view(), name="api-workflow-layout"),
    path(
        "workflows/<workflow:workflow_id>/duplicate", api.Duplicate.as_view(), name="api-workflow-duplicate"
    ),
    path(
        "workflows/<workflow:workflow_id>/nodes/<node:node_id>",
        api.OneNode.as_view(),
        name="api-workflow-node",
    ),
]

urlpatterns = [
    path("", views.home, name="home"),
    path("beside/workflows", beside.recent, name="beside-workflows"),
    path("beside/templates", beside.templates, name="beside-templates"),
    path("templates", gallery.templates, name="templates"),
    path("templates/<slug:slug>/use", gallery.use_template, name="template-use"),
    path("templates/team/<int:template_id>/use", gallery.use_team_template, name="team-template-use"),
    path("templates/team/<int:template_id>/remove", gallery.remove_template, name="team-template-remove"),
    path("templates/team/<int:template_id>/restore", gallery.restore_template, name="team-template-restore"),
    path("workflows/new", views.create, name="workflow-new"),
    path("workflows/import", importing.import_workflow, name="workflow-import"),
    path("workflows/comfyui", importing.ComfyUI.as_view(), name="workflow-comfyui"),
    path("workflows/<str:workflow_id>", views.shared_address, name="workflow"),
    path("workflows/<str:workflow_id>/versions", versions_api.Versions.as_view(), name="workflow-versions"),
    path("workflows/<str:workflow_id>/versions/newest", versions_api.NewestVersion.as_view()),
    path("workflows/<str:workflow_id>/versions/<int:version_id>", versions_api.OneVersion.as_view()),
    path("workflows/<str:workflow_id>/versions/automatic", versions_api.Automatic.as_view()),
    path(
        "workflows/<str:workflow_id>/versions/automatic/<int:snapshot_id>",
        versions_api.OneAutomatic.as_view(),
    ),
    path("workflows/<str:workflow_id>/template", gallery.save_as_template, name="workflow-template"),
    path("workflows/<str:workflow_id>/draft", api.Draft.as_view(), name="workflow-draft"),
    path("workflows/<str:workflow_id>/rename", views.rename, name="workflow-rename"),
    path("workflows/<str:workflow_id>/duplicate", views.duplicate, name="workflow-duplicate"),
    path("workflows/<str:workflow_id>/delete", views.delete, name="workflow-delete"),
    path("workflows/<str:workflow_id>/restore", views.restore, name="workflow-restore"),
]
