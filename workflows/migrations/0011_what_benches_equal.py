"""A workbench is not drawn at a moment: it is as a version of its component was, since a save."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("workflows", "0010_listed_components")]

    operations = [
        migrations.RenameField("component", "drawn_version", "bench_version"),
        migrations.RenameField("component", "drawn_at", "bench_saved_at"),
    ]
