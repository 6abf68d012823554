"""Comments as what the blog's search can find: their words stand in their own rows."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from blog import markup, pagecache, search
from blog.search import snippets, words
from blog.search.sources import Result, Source, Table
from blog.search.words import Query
from comments.choices import Status
from comments.models import BlogComment


def connect() -> None:
    """Makes comments findable."""
    search.register(COMMENTS)


def refresh(keys: Sequence[int]) -> int:
    """Makes the words of the comments with these keys true; how many were wrong. Two statements."""
    with transaction.atomic():
        rows = BlogComment.objects.filter(pk__in=keys).select_related(None).order_by("pk")
        locked = rows.select_for_update(of=("self",), no_key=True)
        wrong = []
        for comment in locked.only("body_html", "words"):
            line = words.line_of(markup.plain_text(comment.body_html))
            if comment.words != line:
                comment.words = line
                wrong.append(comment)
        BlogComment.objects.bulk_update(wrong, ["words"])
    return len(wrong)


def forget() -> None:
    """What comments no longer say lies in no index any more. One statement."""
    search.forget(COMMENTS)


def _results(keys: Sequence[int], query: Query) -> list[Result]:
    """One query."""
    found = (
        BlogComment.objects.published()
        .for_feed()
        .defer("comment", "words", "reasons", "post__body", "post__body_html", "post__search_text")
        .in_bulk(keys)
    )
    return [_result(found[key], query) for key in keys if key in found]


def _result(comment: BlogComment, query: Query) -> Result:
    return Result(
        url=comment.get_absolute_url(),
        title_html=snippets.marked(comment.post.title or gettext("Untitled"), query),
        snippet_html=snippets.snippet(markup.plain_text(comment.body_html), query),
        at=comment.submit_date,
        byline=comment.author_name,
        language=comment.post.language_code,
    )


COMMENTS = Source(
    name="comments",
    label=_("Comments"),
    table=Table(
        name=BlogComment._meta.db_table,
        key="xtdcomment_ptr_id",
        text="xtdcomment_ptr_id",
        columns=("words",),
        status=("status", Status.PUBLISHED.value),
    ),
    visible=lambda: BlogComment.objects.published(),
    texts=lambda: BlogComment.objects.all(),
    refresh=refresh,
    lacks_words=lambda: BlogComment.objects.filter(status=Status.PUBLISHED, words="").exists(),
    results=_results,
    page_keys=(pagecache.keys.TEXTS, pagecache.keys.COMMENTS),
)
