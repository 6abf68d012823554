"""What readers of long discussions need."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Coalesce, Concat

import comments.models.subscription


def name_topics(apps: Any, schema_editor: Any) -> None:
    """Gives each subscription its reader and topic in one value. Two statements."""
    subscriptions = apps.get_model("comments", "Subscription").objects
    text = models.CharField()
    about = [":", F("scope"), ":", Cast(Coalesce("comment_id", "post_id"), text)]
    for reader in ("guest", "user"):
        parts = [f"{reader}:", Cast(f"{reader}_id", text), *about]
        parts = [Value(part) if isinstance(part, str) else part for part in parts]
        subscriptions.filter(Q(**{f"{reader}__isnull": False})).update(topic=Concat(*parts))


class Migration(migrations.Migration):
    dependencies = [("comments", "0007_moderating")]

    operations = [
        migrations.AddField(
            "blogcomment",
            "byline",
            models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="blog.author",
            ),
        ),
        migrations.RemoveConstraint("subscription", "subscription_once_per_guest_post"),
        migrations.RemoveConstraint("subscription", "subscription_once_per_guest_comment"),
        migrations.RemoveConstraint("subscription", "subscription_once_per_user_post"),
        migrations.RemoveConstraint("subscription", "subscription_once_per_user_comment"),
        migrations.AddField(
            "subscription",
            "topic",
            models.CharField(default="", editable=False, max_length=60),
            preserve_default=False,
        ),
        migrations.RunPython(name_topics, migrations.RunPython.noop),
        migrations.AlterField(
            "subscription",
            "topic",
            comments.models.subscription.TopicField(editable=False, max_length=60, unique=True),
        ),
    ]
