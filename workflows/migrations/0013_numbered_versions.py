"""Versions that were kept get their numbers, in the order in which they were kept."""

from django.db import migrations

from workflows.versions import layout_of


def number(apps, schema_editor):
    version_model = apps.get_model("workflows", "Version")
    kept = version_model.objects.exclude(kept_at=None).order_by("workflow_id", "kept_at", "pk")
    newest = {}
    for version in kept.iterator(chunk_size=20):
        newest[version.workflow_id] = newest.get(version.workflow_id, 0) + 1
        version_model.objects.filter(pk=version.pk).update(
            number=newest[version.workflow_id], layout=layout_of(version.nodes, version.edges)
        )


class Migration(migrations.Migration):
    dependencies = [("workflows", "0012_automatic_versions")]

    operations = [migrations.RunPython(number, migrations.RunPython.noop)]
