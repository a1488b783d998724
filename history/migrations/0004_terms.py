"""The words that SQLite's search knows, so that those which begin alike are asked for one by one."""

from django.db import migrations

LAY = "CREATE VIRTUAL TABLE history_terms USING fts5vocab (history_words, instance)"
LIFT = "DROP TABLE history_terms"


def lay(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(LAY)


def lift(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(LIFT)


class Migration(migrations.Migration):
    dependencies = [("history", "0003_shares")]

    operations = [migrations.RunPython(lay, lift, elidable=False)]
