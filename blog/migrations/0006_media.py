"""The media library."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("blog", "0005_publishing"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MediaItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("path", models.CharField(editable=False, max_length=200, unique=True)),
                (
                    "file",
                    models.FileField(
                        editable=False, max_length=200, upload_to="", verbose_name="file"
                    ),
                ),
                (
                    "content_type",
                    models.CharField(editable=False, max_length=40, verbose_name="type"),
                ),
                (
                    "original_name",
                    models.CharField(editable=False, max_length=255, verbose_name="file name"),
                ),
                ("title", models.CharField(blank=True, max_length=200, verbose_name="title")),
                (
                    "alternative_text",
                    models.CharField(
                        blank=True,
                        help_text="What the picture says, for those who can't see it.",
                        max_length=500,
                        verbose_name="alternative text",
                    ),
                ),
                (
                    "is_decorative",
                    models.BooleanField(
                        default=False,
                        help_text="It says nothing that the text does not: screen readers pass over it.",
                        verbose_name="only decoration",
                    ),
                ),
                ("caption", models.CharField(blank=True, max_length=1000, verbose_name="caption")),
                ("width_px", models.PositiveIntegerField(editable=False)),
                ("height_px", models.PositiveIntegerField(editable=False)),
                ("size_bytes", models.PositiveIntegerField(editable=False)),
                ("is_animated", models.BooleanField(default=False, editable=False)),
                ("colour", models.CharField(editable=False, max_length=7)),
                ("content_hash", models.CharField(db_index=True, editable=False, max_length=64)),
                ("renditions", models.JSONField(editable=False, null=True)),
                ("search_text", models.TextField(blank=True, editable=False)),
                (
                    "uploaded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now,
                        editable=False,
                        verbose_name="uploaded at",
                    ),
                ),
                (
                    "uploader",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="uploaded by",
                    ),
                ),
            ],
            options={
                "verbose_name": "media item",
                "verbose_name_plural": "media library",
            },
        ),
        migrations.AddField(
            model_name="post",
            name="media_items",
            field=models.ManyToManyField(
                blank=True, editable=False, related_name="posts", to="blog.mediaitem"
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="pictures",
            field=models.JSONField(default=dict, editable=False),
        ),
    ]
