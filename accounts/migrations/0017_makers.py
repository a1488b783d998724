"""Who made each team: of those from before, whoever came in first of the members that it still has."""

from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def fill_in(apps, schema_editor):
    Team, Member = apps.get_model("accounts", "Team"), apps.get_model("accounts", "Member")
    first = Member.objects.filter(team=OuterRef("pk")).order_by("pk").values("user_id")[:1]
    Team.objects.update(maker=Subquery(first))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0016_departures")]

    operations = [
        migrations.AddField(
            model_name="team",
            name="maker",
            field=models.BigIntegerField(db_index=True, editable=False, null=True),
        ),
        migrations.RunPython(fill_in, migrations.RunPython.noop, elidable=True),
    ]
