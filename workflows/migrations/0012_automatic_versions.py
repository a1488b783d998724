"""Automatic versions of drafts; versions have numbers for people, and one for each way in which a graph is drawn."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_makers"),
        ("workflows", "0011_what_benches_equal"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("emptied", "before it was emptied"),
                            ("restored", "before a version was restored"),
                            ("discarded", "before it was discarded"),
                            ("loaded", "before the graph of a run was loaded"),
                            ("imported", "before a file was imported"),
                            ("rested", "after half an hour without changes"),
                        ],
                        max_length=9,
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("layout", models.CharField(max_length=64)),
                ("nodes", models.JSONField()),
                ("edges", models.JSONField()),
                ("node_count", models.PositiveIntegerField()),
                ("taken_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="version",
            name="one_version_per_digest",
        ),
        migrations.AddField(
            model_name="version",
            name="layout",
            field=models.CharField(blank=True, db_default="", editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="version",
            name="number",
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="workflow",
            name="unkept_since",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="workflow",
            index=models.Index(
                condition=models.Q(("unkept_since__isnull", False)),
                fields=["unkept_since"],
                name="drafts_at_rest",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.UniqueConstraint(
                fields=("workflow", "digest", "layout"), name="one_version_per_drawing"
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.UniqueConstraint(fields=("workflow", "number"), name="one_version_per_number"),
        ),
        migrations.AddField(
            model_name="snapshot",
            name="taken_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="snapshot",
            name="workflow",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="snapshots", to="workflows.workflow"
            ),
        ),
        migrations.AddConstraint(
            model_name="snapshot",
            constraint=models.UniqueConstraint(
                fields=("workflow", "digest", "layout"), name="one_snapshot_per_drawing"
            ),
        ),
    ]
