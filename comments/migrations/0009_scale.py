"""Indexes for many comments."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("comments", "0008_reading")]

    operations = [
        migrations.AddField(
            model_name="blogcomment",
            name="words",
            field=models.TextField(db_default="", default="", editable=False),
        ),
    ]
