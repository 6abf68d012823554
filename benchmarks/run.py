"""Measures one database: `python -m benchmarks.run --small 1000 --large 50000`."""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def main() -> None:
    """Makes an empty blog in a temporary folder, fills it twice, measures after each time."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--large-posts", type=int, default=10_000)
    options.add_argument("--large-comments", type=int, default=50_000, help="on one post")
    options.add_argument("--json", type=Path, help="where to write the figures")
    arguments = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="postil-bench-") as folder:
        os.environ["DATA_DIR"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        report = measure(arguments.large_posts, arguments.large_comments)
    show(report)
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2, ensure_ascii=False))


def say(sentence: str) -> None:
    """One line of progress, beside the report."""
    sys.stderr.write(f"  {sentence} …\n")
    sys.stderr.flush()


def measure(large_posts: int, large_comments: int) -> dict[str, Any]:
    """All figures of one database as one object."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import override_settings

    say(f"preparing {connection.vendor}")
    started = time.perf_counter()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    migrating = time.perf_counter() - started
    call_command("collectstatic", verbosity=0, interactive=False)
    with override_settings(HAS_MAIL=False, ALLOWED_HOSTS=[settings.SITE.hostname]):
        small = list(figures(posts=100, comments=1_000))
        large = list(figures(posts=large_posts, comments=large_comments))
    return {
        "database": connection.vendor,
        "migrating_seconds": round(migrating, 2),
        "sizes": {
            "small": {"posts": 100, "comments": 1_000},
            "large": {"posts": large_posts, "comments": large_comments},
        },
        "small": small,
        "large": large,
    }


def figures(*, posts: int, comments: int) -> Iterator[dict[str, Any]]:
    """Brings the blog to that size and measures what people open. `comments` are on one post."""
    from benchmarks import corpus, cost
    from blog.models import Post
    from blog.pagecache.pages import WATCHED
    from comments.models import BlogComment
    from config.wsgi import django_application
    from config.wsgi import page_cache as application

    there = Post.objects.count()
    corpus.add_posts(posts - there, say=say)
    stream = Post.objects.live().posts()
    quiet, busy = stream.newest_first()[0], stream.oldest_first()[0]
    if quiet.comment_count < corpus.COMMENTS_OF_THE_POST:
        corpus.add_comments(quiet, corpus.COMMENTS_OF_THE_POST, say=say)
    corpus.add_comments(busy, comments - busy.comment_count, say=say)
    corpus.analyse()
    keys = BlogComment.objects.on_post(busy).in_reading_order().values_list("pk", flat=True)
    middle = keys[len(keys) // 2]
    month = f"/{quiet.address_month}/"
    pages = {
        "a bare answer of Django": "/healthz",
        f"post, {corpus.COMMENTS_OF_THE_POST} comments": quiet.get_absolute_url(),
        "post, many comments": busy.get_absolute_url(),
        "post, a comment in the middle": f"{busy.get_absolute_url()}?comment={middle}",
        "home": "/",
        "archive of a month": month,
        "label": "/search/label/Label%201",
        "search, a common word": "/search?q=margin",
        "search, a rare word": "/search?q=nowhere",
        "feed of posts": "/feeds/posts/default",
        "feed of comments": "/feeds/comments/default",
    }
    for name, path in pages.items():
        say(name)
        # Not from memory, but as the page cache passes a request on.
        passed_on = {WATCHED: True}
        yield cost.of(name, opener(django_application, path, **passed_on)).as_json()
    path = quiet.get_absolute_url()
    for name, headers in (("finished page", {}), ("…, gzip", {"HTTP_ACCEPT_ENCODING": "gzip"})):
        say(name)
        yield cost.of(name, opener(application, path, **headers)).as_json()
    say("sending a comment")
    yield cost.of("sending a comment", sender(busy, django_application)).as_json()


def opener(application: Any, path: str, **headers: Any) -> Any:
    """An act that opens `path` once."""
    from django.conf import settings

    from benchmarks import cost

    host = settings.SITE.netloc
    return lambda: cost.answer(application, cost.environ(path, host=host, headers=headers))


def sender(post: Any, application: Any) -> Any:
    """An act that sends one comment, each from a network of its own."""
    from io import BytesIO
    from itertools import count
    from urllib.parse import urlencode

    from django.conf import settings

    from benchmarks import cost
    from comments.forms import CommentForm
    from comments.models import BlogComment

    hidden = CommentForm(post).generate_security_data()
    parent = BlogComment.objects.on_post(post).order_by("pk")[0]
    numbers = count(1)

    def send() -> tuple[str, int]:
        number = next(numbers)
        text = f"Well said, number {number}. *Really* well said."
        form = {"reply_to": parent.pk, "name": "Grete", "email": "g@example.net", "comment": text}
        body = urlencode({**hidden, **form}).encode()
        request = cost.environ(f"/comments/on/{post.pk}/", host=settings.SITE.netloc)
        request |= {
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": f"2001:db8:{number % 65_536:x}::1",
            "wsgi.input": BytesIO(body),
        }
        return cost.answer(application, request)

    return send


def show(report: dict[str, Any]) -> None:
    """The figures as a table: ratios to a bare answer of Django in the same run."""
    sizes = report["sizes"]["large"]
    lines = [
        f"\n{report['database']}: 100 posts with 1,000 comments on one, then "
        f"{sizes['posts']:,} posts with {sizes['comments']:,} comments on one\n",
        f"{'':32}{'× bare':>8}{'ms CPU':>9}{'queries':>9}{'kB':>7}{'large':>9}{'large/small':>13}",
    ]
    bare = report["small"][0]["milliseconds"]
    for small, large in zip(report["small"], report["large"], strict=True):
        lines.append(
            f"{small['name']:32}{small['milliseconds'] / bare:8.1f}{small['milliseconds']:9.2f}"
            f"{large['queries']:9}{large['size_bytes'] / 1000:7.0f}{large['milliseconds']:9.2f}"
            f"{large['milliseconds'] / small['milliseconds']:13.2f}"
        )
    lines.append(f"\nmigrating an empty database: {report['migrating_seconds']} s\n")
    sys.stdout.write("\n".join(lines))


if __name__ == "__main__":
    main()
