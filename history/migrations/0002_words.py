"""Where the words of executions lie: a tsvector on PostgreSQL, a table of FTS5 on SQLite."""

from django.db import migrations

POSTGRESQL = (
    "ALTER TABLE history_listing ADD COLUMN words tsvector",
    "CREATE INDEX words_of_listings ON history_listing USING gin (words)",
)
POSTGRESQL_BACK = ("ALTER TABLE history_listing DROP COLUMN words",)
SQLITE = ("CREATE VIRTUAL TABLE history_words USING fts5 (words, detail=none, tokenize='unicode61')",)
SQLITE_BACK = ("DROP TABLE history_words",)


def run(schema_editor, *, postgresql, sqlite):
    statements = {"postgresql": postgresql, "sqlite": sqlite}
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def lay(apps, schema_editor):
    run(schema_editor, postgresql=POSTGRESQL, sqlite=SQLITE)


def lift(apps, schema_editor):
    run(schema_editor, postgresql=POSTGRESQL_BACK, sqlite=SQLITE_BACK)


class Migration(migrations.Migration):
    dependencies = [("history", "0001_initial")]

    operations = [migrations.RunPython(lay, lift, elidable=False)]
