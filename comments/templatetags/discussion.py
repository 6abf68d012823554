"""`{% discussion post %}`: the comments below a post, and the form."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django import template
from django.template import RequestContext
from django.utils.translation import gettext, ngettext

from blog.models import Post
from comments.forms import MAX_KEY, CommentForm
from comments.models import BlogComment
from comments.visitors import known_guest

register = template.Library()


def count_phrase(count: int) -> str:
    """`No comments`, `1 comment`, `2 comments`, without the colon that the heading adds."""
    if not count:
        return gettext("No comments")
    return ngettext("%(count)d comment", "%(count)d comments", count) % {"count": count}


@register.filter
def comments_phrase(count: int) -> str:
    """The count phrase, for lists of posts."""
    return count_phrase(count)


@register.inclusion_tag("comments/_discussion.html", takes_context=True)
def discussion(context: RequestContext, post: Post) -> dict[str, Any]:
    """One page of threads and the form. Two queries, five when an address points to a comment, six
    when it does so by the comment's time.
    """
    request = context["request"]
    page = None
    if post.comment_count or request.GET.get("comment"):
        page = BlogComment.objects.on_post(post).page_of_threads(at=asked_for(request.GET, post))
    form = None
    if post.is_open_for_comments:
        form = CommentForm(post, user=request.user, guest=known_guest(request))
    return {
        "request": request,
        "user": request.user,
        "site_profile": context["site_profile"],
        "post": post,
        "page": page,
        "form": form,
        "count_phrase": count_phrase(post.comment_count),
    }


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
