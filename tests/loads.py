"""Large discussions for tests of cost, written straight into the tables in a few seconds."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Max
from django.utils import timezone
from django_comments.models import Comment
from django_comments_xtd.models import XtdComment

from blog import markup
from blog.models import Post
from comments import moderation, threads
from comments.choices import Status
from comments.models import BlogComment

ROWS_PER_STATEMENT = 100  # SQLite takes 32,766 values in one statement


def insert(model: Any, rows: Iterator[dict[str, Any]]) -> None:
    """Inserts `rows` into the model's own table, without its parents'."""
    quote = connection.ops.quote_name
    batch: list[dict[str, Any]] = []

    def flush() -> None:
        columns = list(batch[0])
        one = f"({', '.join(['%s'] * len(columns))})"
        names = ", ".join(map(quote, columns))
        # Names of our own tables and columns, quoted by Django.
        statement = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES "  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(
                statement + ", ".join([one] * len(batch)),
                [row[name] for row in batch for name in columns],
            )
        batch.clear()

    for row in rows:
        batch.append(row)
        if len(batch) == ROWS_PER_STATEMENT:
            flush()
    if batch:
        flush()


def fill_discussion(post: Post, *, threads_count: int, replies_each: int) -> None:
    """Adds that many published threads with that many replies each to `post`.

    Every third reply answers the one before it; texts are three lines long.
    """
    first = (Comment.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
    start = timezone.now() - timedelta(days=30)
    text = "A note in the margin of a note.\n\nWith *emphasis*, and a second thought about it."
    html = "<p>A note in the margin of a note.</p><p>With <em>emphasis</em>.</p>"
    places: list[tuple[int, int, int, str]] = []  # key, parent, root, path
    key = first
    for _thread in range(threads_count):
        root = key
        places.append((key, key, 0, threads.path_below("", key)))
        for reply in range(1, replies_each + 1):
            above = places[-1] if reply % 3 == 0 else places[-reply]
            places.append((key + reply, above[0], root, threads.path_below(above[3], key + reply)))
        key += replies_each + 1
    kind = ContentType.objects.get_for_model(Post)
    Comment.objects.bulk_create(
        (
            Comment(
                pk=key,
                content_type=kind,
                object_pk=str(post.pk),
                site_id=settings.SITE_ID,
                user_name=f"Reader {key % 97}",
                comment=text,
                submit_date=start + timedelta(seconds=key),
            )
            for key, *_rest in places
        ),
        batch_size=ROWS_PER_STATEMENT,
    )
    insert(
        XtdComment,
        (
            {
                "comment_ptr_id": key,
                "thread_id": root or key,
                "parent_id": parent,
                "level": len(path) // threads.STEP_LENGTH - 1,
                "order": 1,
                "followup": False,
                "nested_count": 0,
            }
            for key, parent, root, path in places
        ),
    )
    insert(
        BlogComment,
        (
            {
                "xtdcomment_ptr_id": key,
                "post_id": post.pk,
                "root_id": root or None,
                "path": path,
                "status": Status.PUBLISHED,
                "removed_by": "",
                "reasons": "[]",
                "like_count": 0,
                "source": "markdown",
                "body_html": html,
                "body_format_version": markup.FORMAT_VERSION,
                "client_key": "",
                "entry_id": f"tag:test:{key}",
            }
            for key, _parent, root, path in places
        ),
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('django_comments', 'id'), %s)", [key]
            )
        cursor.execute("ANALYZE")
    moderation.rebuild_counts()
    post.refresh_from_db()
