"""The keys of authenticator apps stood in the table of django-otp as they are. They are sealed and moved."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from accounts.sealing import can_seal, seal


def move(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    devices = apps.get_model("otp_totp", "TOTPDevice").objects
    kept = apps.get_model("accounts", "Authenticator").objects
    confirmed = devices.filter(confirmed=True).order_by("pk")
    if confirmed.exists() and not can_seal():
        raise RuntimeError(
            "People use authenticator apps, whose keys are sealed from now on: set WIREFLOW_SEAL_KEY to 32 random "
            "characters or more for all processes, then start again. Nothing was changed."
        )
    if editor.connection.vendor == "sqlite":
        with editor.connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")  # else the old rows stay readable in the file
    for device in confirmed.iterator():
        kept.get_or_create(
            user_id=device.user_id,
            defaults={
                "sealed": seal(device.key),
                "is_confirmed": True,
                "drift": device.drift,
                "last_step": device.last_t,
            },
        )
    devices.all().delete()  # with set-ups that nobody finished: those are begun anew


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_sealed_apps"),
        ("otp_totp", "0003_add_timestamps"),
    ]

    operations = [migrations.RunPython(move)]
