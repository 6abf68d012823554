"""`{% discussion post %}`: the comments below a post, and the form."""

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
    """One page of threads and the form. Two queries, five when an address points to a comment."""
    request = context["request"]
    page = None
    if post.comment_count or request.GET.get("comment"):
        page = BlogComment.objects.on_post(post).page_of_threads(at=asked_for(request.GET))
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


def asked_for(parameters: Any) -> int | None:
    """The comment that the address names, or None when it names none."""
    key = parameters.get("comment", "")
    if key.isascii() and key.isdigit() and len(key) <= 10 and int(key) <= MAX_KEY:
        return int(key)
    return None
