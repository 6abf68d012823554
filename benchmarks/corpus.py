"""Blogs to measure: many posts and comments, written straight into the tables."""

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from blog import markup
from blog.choices import State
from blog.models import Label, Post, SiteProfile
from tests.builders import make_author
from tests.loads import fill_discussion

BODY = """A margin is the part of a page that belongs to whoever reads it. The printer left it for
the thumb, the binder for the knife; then somebody came with a pencil.

> Every reader of his books is the author of another, thinner one.

- the *finger*, which only says “here”
- the **quarrel**, which says “no”
- the gift: 在页边写字的人，写的是另一本书。

```python
def notes(pages):
    return sum(page.margin for page in pages)
```

[What others wrote](https://example.org/) about it fills shelves. """
LABELS = 20
COMMENTS_OF_THE_POST = 20
PER_STATEMENT = 500

Say = Callable[[str], None]


def add_posts(count: int, *, say: Say) -> None:
    """Adds `count` live posts over ten years, each with one of twenty labels."""
    author = make_author()
    profile = SiteProfile.current()
    labels = [Label.objects.get_or_create(name=f"Label {number}")[0] for number in range(LABELS)]
    html = markup.render(BODY, markup="markdown")
    search_text = markup.fold(markup.plain_text(html))
    now = timezone.now()

    def rows() -> Iterator[Post]:
        for number in range(count):
            moment = now - timedelta(days=3650) * (number + 1) / (count + 1)
            yield Post(
                title=f"Note {number}",
                body=BODY,
                body_html=html,
                body_format_version=markup.FORMAT_VERSION,
                search_text=f"note {number} {search_text}",
                author=author,
                state=State.PUBLISHED,
                publish_at=moment,
                published_on=profile.day(moment),
                address_month=f"{moment:%Y/%m}",
                slug=f"note-{number}",
                entry_id=f"tag:bench:{uuid.uuid4().hex}",
            )

    say(f"writing {count:,} posts")
    posts = Post.objects.bulk_create(rows(), batch_size=PER_STATEMENT)
    through = Post.labels.through
    through.objects.bulk_create(
        (
            through(post_id=post.pk, label_id=labels[number % LABELS].pk)
            for number, post in enumerate(posts)
        ),
        batch_size=PER_STATEMENT,
    )


def add_comments(post: Post, count: int, *, say: Say) -> None:
    """Adds about `count` published comments to `post`, four replies to a thread."""
    say(f"writing {count:,} comments")
    fill_discussion(post, threads_count=max(1, count // 5), replies_each=4 if count >= 5 else 0)


def analyse() -> None:
    """Lets the database look at what is there, as it does by itself after a while."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
