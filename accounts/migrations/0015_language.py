from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014_seal_the_keys_of_apps")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="language",
            field=models.CharField(blank=True, default="", editable=False, max_length=10),
        ),
    ]
