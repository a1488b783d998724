import hashlib

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def take_over(apps, schema_editor):
    """Recovery codes of django-otp, which stood in the open, become digests, and its tables go."""
    connection = schema_editor.connection
    if "otp_static_statictoken" not in connection.introspection.table_names():
        return
    RecoveryCode = apps.get_model("accounts", "RecoveryCode")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT device.user_id, token.token FROM otp_static_statictoken AS token "
            "JOIN otp_static_staticdevice AS device ON device.id = token.device_id"
        )
        found = cursor.fetchall()
        cursor.execute("DROP TABLE otp_static_statictoken")
        cursor.execute("DROP TABLE otp_static_staticdevice")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'otp_static'")
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user_id=user_id, digest=hashlib.sha256(code.encode()).hexdigest())
        for user_id, code in found
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_canvas_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(editable=False, max_length=64)),
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
                    models.UniqueConstraint(fields=("user", "digest"), name="recovery_codes_differ")
                ],
            },
        ),
        migrations.RunPython(take_over, migrations.RunPython.noop),
    ]
