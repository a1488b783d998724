"""Components carry what the library says of them; those that are there are given it."""

from django.db import migrations, models
from django.db.models import F

from workflows.components import listing_of


def fill(apps, schema_editor):
    Component = apps.get_model("workflows", "Component")
    ComponentVersion = apps.get_model("workflows", "ComponentVersion")
    newest = ComponentVersion.objects.filter(number=F("component__version"))
    for component_id, content in newest.values_list("component_id", "content").iterator(chunk_size=1):
        Component.objects.filter(pk=component_id).update(listing=listing_of(content))


class Migration(migrations.Migration):
    dependencies = [("workflows", "0009_workbenches")]

    operations = [
        migrations.AddField("component", "listing", models.JSONField(default=dict, editable=False)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
