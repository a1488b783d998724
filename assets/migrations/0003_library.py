"""Assets say what made them and where their bytes lie; the library gets its filters, favourites and its bin."""

import django.db.models.deletion
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import migrations, models
from django.db.models import Case, F, Q, Value, When


def _fill(apps, schema_editor):
    """Files that are there already stay where they are, under their names; their thumbnails are copied beside them."""
    Asset = apps.get_model("assets", "Asset")
    kinds = [
        When(content_type__startswith=f"{kind}/", then=Value(kind)) for kind in ("image", "video", "audio")
    ]
    Asset.objects.update(blob=F("name"), kind=Case(*kinds, default=Value("data")))
    Asset.objects.filter(reference__startswith="guest:").update(is_listed=False)
    for asset in Asset.objects.exclude(thumbnail_name="").iterator():
        try:
            with default_storage.open(f"{asset.thumbnail_name[:2]}/{asset.thumbnail_name}") as thumbnail:
                default_storage.save(f"{asset.blob[:2]}/{asset.blob}.512", thumbnail)
        except FileNotFoundError:
            Asset.objects.filter(pk=asset.pk).update(thumbnail_name="")


class Migration(migrations.Migration):
    dependencies = [
        ("assets", "0002_pending_uploads"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "asset", "blob", models.CharField(default="", max_length=80), preserve_default=False
        ),
        migrations.AddField("asset", "blur", models.CharField(blank=True, max_length=600)),
        migrations.AddField("asset", "is_listed", models.BooleanField(default=True)),
        migrations.AddField(
            "asset",
            "kind",
            models.CharField(
                choices=[("image", "image"), ("video", "video"), ("audio", "audio"), ("data", "data")],
                default="data",
                max_length=5,
            ),
            preserve_default=False,
        ),
        migrations.AddField("asset", "workflow", models.CharField(blank=True, max_length=40)),
        migrations.AddField("asset", "version", models.CharField(blank=True, max_length=20)),
        migrations.AddField("asset", "node_type", models.CharField(blank=True, max_length=100)),
        migrations.RunPython(_fill, migrations.RunPython.noop, elidable=True),
        migrations.AlterField("asset", "blob", models.CharField(db_index=True, max_length=80)),
        migrations.AlterField("asset", "sha256", models.CharField(db_index=True, max_length=64)),
        migrations.CreateModel(
            name="Favourite",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "asset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="assets.asset"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["user", "asset"], name="one_favourite_per_person")
                ],
            },
        ),
        migrations.RemoveIndex("asset", "assets_of_team_newest"),
        migrations.RemoveIndex("asset", "assets_thrown_away"),
        *(
            migrations.AddIndex(
                "asset",
                models.Index(fields=fields, condition=Q(deleted_at__isnull=True, is_listed=True), name=name),
            )
            for fields, name in (
                (["team", "-created_at", "-id", "filename"], "assets_of_team_newest"),
                (["team", "kind", "-created_at", "-id"], "assets_by_kind"),
                (["team", "workflow", "-created_at", "-id"], "assets_by_workflow"),
                (["team", "node_type", "-created_at", "-id"], "assets_by_node_type"),
                (["team", "created_by", "-created_at", "-id"], "assets_by_person"),
            )
        ),
        migrations.AddIndex(
            "asset",
            models.Index(
                fields=["team", "-deleted_at", "-id"],
                condition=Q(deleted_at__isnull=False),
                name="assets_in_bins",
            ),
        ),
        migrations.AddIndex(
            "asset",
            models.Index(
                fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="assets_thrown_away"
            ),
        ),
    ]
