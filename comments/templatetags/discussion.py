"""`{% discussion post %}`: the comments below a post, and the form."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django import template
from django.template import RequestContext
from django.template.loader import render_to_string
from django.utils.crypto import salted_hmac
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext, ngettext

from blog import markup, pagecache
from blog.access import has
from blog.models import Author, Post
from blog.templatetags.blog_tags import initial, iso, moment
from comments import visitors
from comments.choices import Order, Status
from comments.forms import MAX_KEY, CommentForm
from comments.models import BlogComment
from comments.threads import Line, Page
from comments.visitors import Visitor

register = template.Library()

# About 2 kB each, a few MB altogether; an edited comment is another one, and the old one falls out.
REMEMBERED_COMMENTS = 2_048
REMEMBERED_LENGTH = 2_000  # characters of a text; a longer one is drawn each time

RECENT_SHOWN = 5  # comments in the list of recent ones
RECENT_LENGTH = 90  # characters of each: two or three lines of a sidebar

WAITING_SHOWN = 20  # comments of one writer that nobody else sees yet; more wait on his own page


def count_phrase(count: int) -> str:
    """`No comments`, `1 comment`, `2 comments`, without the colon that the heading adds."""
    if not count:
        return gettext("No comments")
    return ngettext("%(count)d comment", "%(count)d comments", count) % {"count": count}


@register.filter
def comments_phrase(count: int) -> str:
    """The count phrase, for lists of posts."""
    return count_phrase(count)


@dataclass(frozen=True, slots=True)
class OwnShare:
    """What of a page is only for the one who reads it. For a stranger it is empty."""

    comments: frozenset[int] = frozenset()  # keys of what he wrote
    editable: frozenset[int] = frozenset()  # those whose text he may still change
    may_pin: bool = False
    may_love: bool = False


@register.inclusion_tag("comments/_discussion.html", takes_context=True)
def discussion(context: RequestContext, post: Post) -> dict[str, Any]:
    """One page of threads and the form.

    Two queries, four when an address points to a comment, one more when it does so by the comment's
    time. A member's page takes one more, a guest's two.
    """
    request = context["request"]
    visitor = visitors.of(request)
    own: Any = visitor.comments().on_post(post) if visitor.is_known else None
    waiting = list(own.not_seen_yet().for_thread()[:WAITING_SHOWN]) if own is not None else []
    page = None
    if post.comment_count or waiting or request.GET.get("comment"):
        page = BlogComment.objects.on_post(post).page_of_threads(
            at=asked_for(request.GET, post),
            start=asked_start(request.GET),
            order=asked_order(request.GET),
            waiting=waiting,
            actor_keys=visitors.actor(request, visitor).keys if visitor.is_known else (),
        )
    form = None
    if post.is_open_for_comments:
        form = CommentForm(post, user=request.user, guest=visitor.guest)
    return {
        "request": request,
        "user": request.user,
        "site_profile": context["site_profile"],
        "post": post,
        "page": page,
        "own": own_share(visitor, post, page),
        "orders": Order,
        "form": form,
        "count_phrase": count_phrase(post.comment_count),
        "feed": context.get("comments_feed", ""),
    }


@dataclass(frozen=True, slots=True)
class RecentComment:
    """A comment as the list of recent ones shows it."""

    name: str
    words: str
    path: str


@register.simple_tag(takes_context=True)
def recent_comments(context: RequestContext) -> list[RecentComment]:
    """The beginnings of the newest published comments of the blog. One query.

    The page then ends with any change of a comment: the price of this list, for blogs that show it.
    """
    pagecache.shows(context["request"], pagecache.keys.COMMENTS)
    newest = BlogComment.objects.published().newest_first().for_feed()[:RECENT_SHOWN]
    return [
        RecentComment(
            comment.author_name,
            markup.excerpt(comment.body_html, length=RECENT_LENGTH),
            comment.get_absolute_url(),
        )
        for comment in newest
    ]


HUES = 12  # comments.css has one rule for each, of the face and of its rim
TURNS = 8


@register.simple_tag
def face(comment: BlogComment) -> SafeString:
    """A letter where others put a face. Accounts and confirmed addresses get a colour and a rim of
    their own, by a keyed hash of which only these three small numbers leave the server; whoever
    has confirmed nothing gets neither, so that nobody looks like somebody else.
    """
    if comment.user_id is not None:
        who = f"user:{comment.user_id}"
    elif comment.guest_id is not None:
        who = f"guest:{comment.guest_id}"
    else:
        who = f"author:{comment.byline_id}" if comment.byline_id is not None else ""
    return _face(who, initial(comment.author_name))


@lru_cache(maxsize=REMEMBERED_COMMENTS)
def _face(who: str, letter: str) -> SafeString:
    if not who:
        return format_html('<span data-face aria-hidden="true">{}</span>', letter)
    digest = salted_hmac("comments.face", who, algorithm="sha256").digest()
    return format_html(
        '<span data-face data-hue="{}" data-rim="{}" data-turn="{}" aria-hidden="true">{}</span>',
        digest[0] % HUES,
        digest[1] % HUES,
        digest[2] % TURNS,
        letter,
    )


@register.filter
def is_by(comment: BlogComment, author: Author) -> bool:
    """Whether who signs the post wrote `comment`."""
    return comment.is_by(author)


class Row(NamedTuple):
    """One comment as it is drawn for one reader: all that its HTML depends on but the language.

    A tuple, since it is compared and hashed for each comment of each page.
    """

    pk: int
    anchor: str
    status: str
    is_shown: bool
    removed_by: str
    name: str
    face: SafeString
    user_url: str
    at_iso: str
    at_words: str
    body_html: str
    is_author: bool
    is_pinned: bool
    is_loved: bool
    is_edited: bool
    like_count: int
    is_liked: bool | None  # None for who can't have liked anything yet
    parent_anchor: str  # of what it answers, if that is on the page; empty otherwise
    parent_name: str
    is_deep: bool  # deeper than it is moved in
    reply_url: str
    may_pin: bool
    may_love: bool
    is_editable: bool
    is_own: bool


@register.simple_tag
def comment_article(line: Line, own: OwnShare, author: Author, reply_url: str | None) -> SafeString:
    """The comment of `line` as an article; the same values make the same HTML, from memory."""
    comment: Any = line.comment
    parent: Any = line.parent if line.parent and line.parent.is_shown else None  # type: ignore[attr-defined]
    is_removed = comment.status == Status.REMOVED
    at = localtime(comment.submit_date)
    row = Row(
        pk=comment.pk,
        anchor=comment.anchor,
        status=comment.status,
        is_shown=comment.is_shown,
        removed_by=comment.removed_by,
        name="" if is_removed else comment.author_name,
        face=SafeString() if is_removed else face(comment),
        user_url="" if is_removed else comment.user_url,
        at_iso=iso(at),
        at_words=moment(at),
        body_html="" if is_removed else comment.body_html,
        is_author=comment.is_by(author),
        is_pinned=comment.pinned_at is not None,
        is_loved=comment.loved_at is not None,
        is_edited=comment.edited_at is not None,
        like_count=comment.like_count,
        is_liked=getattr(comment, "is_liked", None),
        parent_anchor=parent.anchor if parent else "",
        parent_name=parent.author_name if parent else "",
        is_deep=line.depth > line.indent,
        reply_url=reply_url or "",
        may_pin=own.may_pin and comment.root_id is None,
        may_love=own.may_love,
        is_editable=comment.pk in own.editable,
        is_own=comment.pk in own.comments,
    )
    is_small = len(row.body_html) <= REMEMBERED_LENGTH
    draw = _article if is_small else _article.__wrapped__
    return draw(row, get_language())


@lru_cache(maxsize=REMEMBERED_COMMENTS)
def _article(row: Row, language: str | None) -> SafeString:
    """`row` in `language`, which is the one that is spoken now."""
    return render_to_string("comments/_article.html", {"row": row})


def own_share(visitor: Visitor, post: Post, page: Page | None) -> OwnShare:
    """What `visitor` may do with the comments of `page`. No query but for the rights of staff."""
    if page is None or not visitor.is_known:
        return OwnShare()
    lines: list[Any] = [line for line in page.lines if not line.is_gap]
    written = [line.comment for line in lines if visitor.wrote(line.comment)]
    answered = {line.parent.pk for line in lines if line.parent and line.comment.is_shown}
    user = visitor.user
    may_moderate = user is not None and user.is_staff and has(user, "comments.moderate")
    return OwnShare(
        comments=frozenset(row.pk for row in written if row.status != Status.REMOVED),
        editable=frozenset(
            row.pk
            for row in written
            if (row.is_in_edit_window and row.pk not in answered) or may_moderate
        ),
        may_pin=may_moderate or (user is not None and user.pk == post.author.user_id),
        may_love=user is not None and user.pk == post.author.user_id,
    )


def asked_order(parameters: Any) -> Order:
    """The order that the address names; the oldest first when it names none."""
    try:
        return Order(parameters.get("order", ""))
    except ValueError:
        return Order.OLDEST


def asked_start(parameters: Any) -> int | None:
    """The comment at whose thread the page shall begin, as links from page to page say it."""
    key = parameters.get("from", "")
    return int(key) if is_number(key, digits=10) and int(key) <= MAX_KEY else None


def asked_for(parameters: Any, post: Post) -> int | None:
    """The comment that the address names, or None when it names none.

    By its key (`comment`), without a query; or, as Blogger's links do, by the milliseconds since
    1970 of its time (`showComment`), with one.
    """
    key = parameters.get("comment", "")
    if is_number(key, digits=10) and int(key) <= MAX_KEY:
        return int(key)
    milliseconds = parameters.get("showComment", "")
    if not is_number(milliseconds, digits=14):  # until the year 5138
        return None
    moment = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(milliseconds))
    # Links and exports may round to the second, each in its own way: the nearest of it is meant.
    second = moment.replace(microsecond=0)
    written = (
        BlogComment.objects.on_post(post)
        .shown()
        .filter(submit_date__gte=second, submit_date__lt=second + timedelta(seconds=1))
        .values_list("submit_date", "pk")
    )
    nearest = min(written, key=lambda row: (abs(row[0] - moment), row[1]), default=None)
    return nearest[1] if nearest else None


def is_number(text: str, *, digits: int) -> bool:
    """Whether `text` is a whole number of at most so many digits."""
    return text.isascii() and text.isdigit() and len(text) <= digits
