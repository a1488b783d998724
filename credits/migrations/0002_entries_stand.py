"""The database itself refuses to change or delete an entry, whoever asks: a shell, an admin, a mistaken query.

A later migration that rebuilds the table on SQLite must lay the triggers again; `tests/credits` would say so.
"""

from django.db import migrations

SENTENCE = "Entries are never changed or deleted; record a correction as a new entry."

POSTGRESQL = f"""
CREATE FUNCTION credits_entry_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER credits_entry_stands BEFORE UPDATE OR DELETE ON credits_entry
    FOR EACH ROW EXECUTE FUNCTION credits_entry_stands();
"""
POSTGRESQL_BACK = """
DROP TRIGGER credits_entry_stands ON credits_entry;
DROP FUNCTION credits_entry_stands();
"""
SQLITE = tuple(
    f"CREATE TRIGGER credits_entry_no_{deed.lower()} BEFORE {deed} ON credits_entry"
    f" BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
    for deed in ("UPDATE", "DELETE")
)
SQLITE_BACK = ("DROP TRIGGER credits_entry_no_update", "DROP TRIGGER credits_entry_no_delete")


def run(schema_editor, *, postgresql, sqlite):
    statements = {"postgresql": (postgresql,), "sqlite": sqlite}
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def lay(apps, schema_editor):
    run(schema_editor, postgresql=POSTGRESQL, sqlite=SQLITE)


def lift(apps, schema_editor):
    run(schema_editor, postgresql=POSTGRESQL_BACK, sqlite=SQLITE_BACK)


class Migration(migrations.Migration):
    dependencies = [("credits", "0001_initial")]

    operations = [migrations.RunPython(lay, lift, elidable=False)]
