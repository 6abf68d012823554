"""The feeds of comments: of one post, of the whole blog."""

from collections.abc import Iterable

from django.db.models.functions import Coalesce, Greatest
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from blog import addresses, markup, pagecache
from blog.feeds.asking import PARAMETERS, Question, refusable
from blog.feeds.documents import Entry, Feed, Target, absolute_html, answer, language_tag
from blog.models import Post, SiteProfile
from comments.models import BlogComment

ALL_PATH = "/feeds/comments/default"
TITLE_LENGTH = 60  # characters: one line in a list


@require_safe
@pagecache.cached_page(*PARAMETERS)
@refusable
def comments(request: HttpRequest) -> HttpResponseBase:
    """The newest published comments of the blog. At most three queries."""
    return _answer(request, post=None)


@require_safe
@pagecache.cached_page(*PARAMETERS)
@refusable
def post_comments(request: HttpRequest, number: int) -> HttpResponseBase:
    """The newest published comments of one post; 404 where they are hidden or this kind of feed is
    switched off. At most four queries.
    """
    found = Post.objects.with_comments().numbered(number).order_by("pk")
    post = found.first() if SiteProfile.current().has_post_comment_feeds else None
    if post is None:
        raise Http404
    return _answer(request, post=post)


def _answer(request: HttpRequest, *, post: Post | None) -> HttpResponseBase:
    profile = SiteProfile.current()
    question = Question.read(request.GET, zone=profile.zone)
    found = BlogComment.objects.published().for_feed()
    if post is None:
        feed_id = f"tag:{profile.tag_authority}:comments"
        title = _("Comments on %(blog)s") % {"blog": profile.title}
        pagecache.shows(request, pagecache.keys.COMMENTS)
        path, page_path = ALL_PATH, "/"
    else:
        found = found.on_post(post)
        pagecache.shows(request, pagecache.keys.post(post.pk), pagecache.keys.discussion(post.pk))
        feed_id = f"{post.entry_id}/comments"
        title = _("Comments on “%(post)s”") % {"post": post}
        path, page_path = post.feed_path, post.get_absolute_url()
    approved_at = Coalesce("published_at", "submit_date")
    page = question.page(
        found,
        published="submit_date",
        updated=Greatest(approved_at, Coalesce("edited_at", approved_at), "submit_date"),
    )
    feed = Feed(
        id=feed_id,
        title=title,
        language=language_tag(profile.language),  # of the title; entries have that of their post
        page_url=addresses.absolute(page_path),
        url=question.url(path),
        first_url=question.first_url(path),
        last_url=question.last_url(path, total=page.total),
        previous_url=question.previous_url(path),
        next_url=question.next_url(path, total=page.total),
        total=page.total,
        start=question.start,
        size=question.size,
        entries=tuple(_entries(page.rows)),
    )
    return answer(request, feed, question.format)


def _entries(rows: list[BlogComment]) -> Iterable[Entry]:
    answered = {row.reply_to_id for row in rows if row.reply_to_id}
    parents: dict[int, BlogComment] = {}
    if answered:
        # A comment that was taken away is nobody's neighbour: its replies answer the post.
        published = BlogComment.objects.published().only("entry_id", "blogger_id", "post")
        parents = published.in_bulk(answered)
    for row in rows:
        parent = parents.get(row.reply_to_id or 0)
        if parent is not None:
            parent.post = row.post  # the same one, already read
        target = parent or row.post
        url = addresses.absolute(row.get_absolute_url())
        yield Entry(
            id=row.entry_id,
            url=url,
            title=markup.excerpt(row.body_html, length=TITLE_LENGTH),
            author_name=row.author_name,
            language=row.post.language_code,
            published_at=row.submit_date,
            updated_at=row.feed_updated_at,  # type: ignore[attr-defined]
            content_html=absolute_html(row.body_html, base=url),
            in_reply_to=Target(target.entry_id, addresses.absolute(target.get_absolute_url())),
        )
