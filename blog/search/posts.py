"""Posts and pages as what can be found."""

import unicodedata
from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from blog import markup, pagecache
from blog.choices import State
from blog.models import Post, PostDocument
from blog.search import index, snippets, sources, words
from blog.search.sources import Result, Source, Table
from blog.search.words import Query


def connect() -> None:
    """Makes posts and pages findable."""
    sources.register(POSTS)


def keep(post: Post) -> None:
    """Makes the document of a post that was just saved true; call it in the same transaction. Two
    statements, and one for the labels.
    """
    PostDocument.objects.filter(post=post.pk).delete()
    if _is_published(post):
        _document(post).save(force_insert=True)


def refresh(keys: Collection[int]) -> int:
    """Makes the documents of the posts with these keys true, whatever became of the posts; how many
    were wrong. At most five statements for each BATCH_SIZE.
    """
    ordered, wrong = sorted(keys), 0
    for start in range(0, len(ordered), index.BATCH_SIZE):
        wrong += _refresh(ordered[start : start + index.BATCH_SIZE])
    return wrong


def _refresh(keys: list[int]) -> int:
    with transaction.atomic():
        posts = Post.objects.published().filter(pk__in=keys).prefetch_related("labels")
        # Locked: two who refresh the same post come one after the other.
        locked = posts.select_for_update(of=("self",), no_key=True).order_by("pk")
        read = locked.only("title", "body_html", "state", "publish_at")
        wanted = {post.pk: _document(post) for post in read if _is_published(post)}
        known = {
            document.post_id: document for document in PostDocument.objects.filter(post__in=keys)
        }
        old = [key for key, document in known.items() if not _is_same(document, wanted.get(key))]
        new = [key for key in wanted if key not in known or key in old]
        if old:
            PostDocument.objects.filter(post__in=old).delete()
        PostDocument.objects.bulk_create([wanted[key] for key in new])
    return len({*old, *new})


def _is_published(post: Post) -> bool:
    """Whether it has a document: one whose time is ahead waits in the index for it."""
    return post.state == State.PUBLISHED and post.publish_at is not None


def _document(post: Post) -> PostDocument:
    assert post.publish_at is not None
    text = unicodedata.normalize("NFC", markup.plain_text(post.body_html))
    return PostDocument(
        id=index.place(post.publish_at, post.pk),
        post_id=post.pk,
        title=words.line_of(post.title),
        labels=words.line_of("\n".join(sorted(label.name for label in post.labels.all()))),
        body=words.line_of(text),
        text=text,
    )


def _is_same(one: PostDocument, other: PostDocument | None) -> bool:
    return other is not None and all(
        getattr(one, field.attname) == getattr(other, field.attname)
        for field in PostDocument._meta.concrete_fields
    )


def _results(keys: Sequence[int], query: Query) -> list[Result]:
    """One query. A text that was taken back since the index named it is left out."""
    found = Post.objects.live().filter(document__isnull=False).select_related("document")
    shown = found.only(
        "kind", "title", "slug", "address_month", "publish_at", "language", "document__text"
    ).in_bulk(keys)
    return [_result(shown[key], query) for key in keys if key in shown]


def _result(post: Post, query: Query) -> Result:
    text: str = post.document.text
    title = post.title or text[: markup.cut_at(text, TITLE_LENGTH)] or gettext("Untitled")
    return Result(
        url=post.get_absolute_url(),
        title_html=snippets.marked(title, query),
        snippet_html=snippets.snippet(text, query),
        at=None if post.is_page else post.publish_at,
        language=post.language_code,
        kind=gettext("Page") if post.is_page else "",
    )


TITLE_LENGTH = 60  # characters of a text that stand for a title it has not

POSTS = Source(
    name="",
    label=_("Posts"),
    table=Table(
        name=PostDocument._meta.db_table,
        key="id",
        text="post_id",
        columns=("title", "labels", "body"),
    ),
    visible=lambda: Post.objects.live(),
    texts=lambda: Post.objects.all(),
    refresh=refresh,
    lacks_words=lambda: not PostDocument.objects.exists() and Post.objects.published().exists(),
    results=_results,
    page_keys=(pagecache.keys.TEXTS,),
)
