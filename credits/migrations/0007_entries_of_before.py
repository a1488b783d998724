"""Entries and holds may be of before: those that come with a team from elsewhere keep their moments. No table changes."""

import django.utils.timezone
from django.db import migrations, models

_AT = models.DateTimeField(default=django.utils.timezone.now, editable=False)


class Migration(migrations.Migration):
    dependencies = [
        ("credits", "0006_kinds_of_grants"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(model_name=name, name="created_at", field=_AT)
                for name in ("entry", "hold", "holdclosing")
            ]
        ),
        migrations.AlterField(
            model_name="entry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("grant", "Granted"),
                    ("allowance", "Allowance"),
                    ("purchase", "Bought"),
                    ("hold", "Hold"),
                    ("settle", "Settle"),
                    ("release", "Release"),
                    ("withdrawal", "Taken away"),
                ],
                max_length=16,
            ),
        ),
    ]
