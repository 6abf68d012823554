from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("comments", "0004_networks_of_reactions_and_reports"),
    ]

    operations = [
        migrations.AlterField(
            model_name="moderationevent",
            name="act",
            field=models.CharField(
                choices=[
                    ("received", "received"),
                    ("confirmed", "confirmed by mail"),
                    ("approved", "approved"),
                    ("held", "held"),
                    ("spam", "marked as spam"),
                    ("removed", "removed"),
                    ("restored", "restored"),
                    ("imported", "imported"),
                    ("edited", "edited by its author"),
                    ("reported", "held after reports"),
                    ("kept", "kept in spite of reports"),
                    ("undone", "last act undone"),
                    ("pinned", "pinned"),
                    ("unpinned", "unpinned"),
                    ("loved", "liked by the author"),
                    ("unloved", "no longer liked by the author"),
                ],
                max_length=20,
                verbose_name="what",
            ),
        ),
    ]
