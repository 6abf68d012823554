from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("comments", "0003_being_told"),
    ]

    operations = [
        migrations.AddField(
            model_name="reaction",
            name="client_key",
            field=models.CharField(blank=True, default="", editable=False, max_length=32),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="reaction",
            index=models.Index(fields=["client_key", "created_at"], name="reaction_network"),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(fields=["client_key", "created_at"], name="report_network"),
        ),
    ]
