"""Reasons as names and values, not as sentences in the language of whoever was there."""

import re
from typing import Any

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

BATCH_SIZE = 500
COUNTED = {"haste", "links", "reported"}  # their sentences have one number
PLAIN = {"first", "honeypot", "forum-markup", "address", "all", "old-post", "closed", "imported"}


def restated(reason: dict[str, Any]) -> dict[str, Any]:
    """`reason` without its sentence, where that says no more than name and number do; else as it
    is, and it goes on being shown as it is.
    """
    name, number = reason["name"], re.search(r"\d+", reason.get("sentence", ""))
    if "values" in reason or not (name in PLAIN or (name in COUNTED and number)):
        return reason
    values = {"count": int(number[0])} if name in COUNTED and number else {}
    return {"name": name, "points": reason["points"], "values": values}


def restate(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Rewrites the reasons of all comments."""
    model = apps.get_model("comments", "BlogComment")
    comments = model._base_manager.using(schema_editor.connection.alias)
    batch = []
    for comment in comments.only("pk", "reasons").order_by("pk").iterator(chunk_size=BATCH_SIZE):
        reasons = [restated(reason) for reason in comment.reasons]
        if reasons != comment.reasons:
            comment.reasons = reasons
            batch.append(comment)
        if len(batch) == BATCH_SIZE:
            comments.bulk_update(batch, ["reasons"])
            batch = []
    comments.bulk_update(batch, ["reasons"])


class Migration(migrations.Migration):
    dependencies = [("comments", "0006_indexes_of_threads")]

    operations = [
        migrations.RunPython(restate, migrations.RunPython.noop, elidable=True),
        migrations.AddField(
            model_name="blogcomment",
            name="announce_from",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="blockrule",
            name="kind",
            field=models.CharField(
                choices=[
                    ("word", "A word or a Chinese phrase"),
                    ("phrase", "Words in this order, anywhere"),
                    ("domain", "A domain that is linked to"),
                    ("address", "An e-mail address, or @domain"),
                    ("network", "A network, such as 203.0.113.0/24"),
                    ("sender", "The network of a comment, this month"),
                ],
                max_length=10,
                verbose_name="kind",
            ),
        ),
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
                    ("changed", "held after a change by its author"),
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
