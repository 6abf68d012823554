"""`{% discussion post %}`: the comments below a post, and the form."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django import template
from django.template import RequestContext
from django.utils.translation import gettext, ngettext

from blog.access import has
from blog.models import Post
from comments import visitors
from comments.choices import Order, Status
from comments.forms import MAX_KEY, CommentForm
from comments.models import BlogComment
from comments.threads import Page
from comments.visitors import Visitor

register = template.Library()

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
    }


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
