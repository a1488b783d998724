import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workflows", "0014_authors_of_changes")]

    operations = [
        migrations.RemoveConstraint(model_name="author", name="one_author_per_piece"),
        migrations.RenameModel(old_name="Author", new_name="PieceEdit"),
        migrations.AlterField(
            model_name="pieceedit",
            name="workflow",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="piece_edits",
                to="workflows.workflow",
            ),
        ),
        migrations.AddConstraint(
            model_name="pieceedit",
            constraint=models.UniqueConstraint(fields=("workflow", "piece"), name="one_edit_per_piece"),
        ),
    ]
