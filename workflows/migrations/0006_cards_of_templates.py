"""Templates of teams carry what the gallery searches and draws; those that are there are given it."""

from django.db import migrations, models

from workflows.templates import outline_of, words_of


def fill(apps, schema_editor):
    TeamTemplate = apps.get_model("workflows", "TeamTemplate")
    for template in TeamTemplate.objects.iterator(chunk_size=20):
        TeamTemplate.objects.filter(pk=template.pk).update(
            words=words_of(template.nodes, template.name, template.description),
            outline=outline_of(template.nodes, template.edges),
            node_count=len(template.nodes),
        )


class Migration(migrations.Migration):
    dependencies = [("workflows", "0005_edits")]

    operations = [
        migrations.AddField(
            "teamtemplate", "words", models.TextField(default="", editable=False), preserve_default=False
        ),
        migrations.AddField(
            "teamtemplate", "outline", models.JSONField(default=list, editable=False), preserve_default=False
        ),
        migrations.AddField(
            "teamtemplate",
            "node_count",
            models.PositiveIntegerField(default=0, editable=False),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
