"""What machines and followers are told of a post."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("blog", "0007_appearance")]

    operations = [
        migrations.AddField(
            model_name="siteprofile",
            name="hub_asked_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="siteprofile",
            name="hub_told_until",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="siteprofile",
            name="hub_url",
            field=models.CharField(
                blank=True,
                help_text="The address of a WebSub hub, which is told of each new post.",
                max_length=300,
                validators=[django.core.validators.URLValidator(schemes=["http", "https"])],
                verbose_name="hub for feeds",
            ),
        ),
        migrations.AddField(
            model_name="historicalpost",
            name="original",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="Readers and search engines find each from the other.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="blog.post",
                verbose_name="translation of",
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="original",
            field=models.ForeignKey(
                blank=True,
                help_text="Readers and search engines find each from the other.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="translations",
                to="blog.post",
                verbose_name="translation of",
            ),
        ),
    ]
