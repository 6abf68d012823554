"""End dates, pins, private posts, trash, proof-readers, old names of labels, pages of authors."""

from typing import Any

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from blog import markup


def name_authors(apps: Any, schema_editor: Any) -> None:
    """Gives each author an address, as Author.save() does to new ones."""
    authors = apps.get_model("blog", "Author").objects
    taken = set()
    for author in authors.order_by("pk"):
        wanted = markup.slugify(author.name)
        if wanted == markup.NO_SLUG:
            wanted = "author"
        author.slug, number = wanted, 1
        while author.slug in taken:
            number += 1
            author.slug = f"{wanted}-{number}"
        taken.add(author.slug)
        author.save(update_fields=["slug"])


def count_words(apps: Any, schema_editor: Any) -> None:
    """Counts the words of the texts that are there."""
    posts = apps.get_model("blog", "Post").objects
    counted = []
    for post in posts.only("pk", "search_text").order_by("pk").iterator(chunk_size=200):
        post.word_count = markup.word_count(post.search_text)
        counted.append(post)
        if len(counted) == 200:
            posts.bulk_update(counted, ["word_count"])
            counted.clear()
    posts.bulk_update(counted, ["word_count"])


class Migration(migrations.Migration):
    dependencies = [
        ("blog", "0004_working_copies"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OldLabelName",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, unique=True, verbose_name="name")),
            ],
            options={
                "verbose_name": "old name of a label",
                "verbose_name_plural": "old names of labels",
            },
        ),
        migrations.CreateModel(
            name="ProofLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "proof-reader’s link",
                "verbose_name_plural": "proof-readers’ links",
                "ordering": ["expires_at", "pk"],
            },
        ),
        migrations.RemoveIndex(
            model_name="post",
            name="post_stream",
        ),
        migrations.RemoveIndex(
            model_name="post",
            name="post_archive",
        ),
        migrations.AddField(
            model_name="author",
            name="slug",
            field=models.CharField(
                default="", editable=False, max_length=150, verbose_name="address"
            ),
        ),
        migrations.AddField(
            model_name="historicalpost",
            name="audience",
            field=models.CharField(
                choices=[
                    ("everyone", "Everybody"),
                    ("password", "Whoever knows a password"),
                    ("link", "Whoever has the secret link"),
                ],
                default="everyone",
                max_length=10,
                verbose_name="who may read it",
            ),
        ),
        migrations.AddField(
            model_name="historicalpost",
            name="ends_at",
            field=models.DateTimeField(
                blank=True,
                help_text="From this moment on, readers are told that it is gone.",
                null=True,
                verbose_name="ends at",
            ),
        ),
        migrations.AddField(
            model_name="historicalpost",
            name="is_pinned",
            field=models.BooleanField(
                default=False,
                help_text="Stands first on the first page of the blog.",
                verbose_name="pinned",
            ),
        ),
        migrations.AddField(
            model_name="historicalpost",
            name="is_searchable",
            field=models.BooleanField(
                default=True, verbose_name="search engines may list this text"
            ),
        ),
        migrations.AddField(
            model_name="historicalpost",
            name="trashed_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="post",
            name="audience",
            field=models.CharField(
                choices=[
                    ("everyone", "Everybody"),
                    ("password", "Whoever knows a password"),
                    ("link", "Whoever has the secret link"),
                ],
                default="everyone",
                max_length=10,
                verbose_name="who may read it",
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="ends_at",
            field=models.DateTimeField(
                blank=True,
                help_text="From this moment on, readers are told that it is gone.",
                null=True,
                verbose_name="ends at",
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="is_pinned",
            field=models.BooleanField(
                default=False,
                help_text="Stands first on the first page of the blog.",
                verbose_name="pinned",
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="is_searchable",
            field=models.BooleanField(
                default=True, verbose_name="search engines may list this text"
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="link_seed",
            field=models.CharField(blank=True, editable=False, max_length=32),
        ),
        migrations.AddField(
            model_name="post",
            name="password_hash",
            field=models.CharField(blank=True, editable=False, max_length=128),
        ),
        migrations.AddField(
            model_name="post",
            name="trashed_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="post",
            name="word_count",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="words"),
        ),
        migrations.AddField(
            model_name="siteprofile",
            name="blocking_checks",
            field=models.JSONField(blank=True, default=list, verbose_name="checks that block"),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                fields=["kind", "state", "-publish_at", "-id", "ends_at", "trashed_at", "audience"],
                name="post_stream",
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                fields=[
                    "kind",
                    "state",
                    "published_on",
                    "publish_at",
                    "ends_at",
                    "trashed_at",
                    "audience",
                ],
                name="post_archive",
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_at", None),
                    ("publish_at", None),
                    ("ends_at__gt", models.F("publish_at")),
                    _connector="OR",
                ),
                name="post_ends_after_it_begins",
            ),
        ),
        migrations.AddField(
            model_name="oldlabelname",
            name="label",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="old_names",
                to="blog.label",
            ),
        ),
        migrations.AddField(
            model_name="prooflink",
            name="made_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="prooflink",
            name="post",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="proof_links",
                to="blog.post",
            ),
        ),
        migrations.RunPython(name_authors, migrations.RunPython.noop),
        migrations.RunPython(count_words, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="author",
            name="slug",
            field=models.CharField(
                editable=False, max_length=150, unique=True, verbose_name="address"
            ),
        ),
    ]
