"""What search asks."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("blog", "0002_comment_policies")]

    operations = [
        migrations.CreateModel(
            name="PostDocument",
            fields=[
                ("id", models.BigIntegerField(editable=False, primary_key=True, serialize=False)),
                ("body", models.TextField(editable=False)),
                ("title", models.TextField(editable=False)),
                ("labels", models.TextField(editable=False)),
                ("text", models.TextField(editable=False)),
                (
                    "post",
                    models.OneToOneField(
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="document",
                        to="blog.post",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
    ]
