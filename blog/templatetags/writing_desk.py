"""What the admin's own pages ask for: unfinished texts, and a password that is still the first."""

from dataclasses import dataclass
from datetime import datetime

from django import template
from django.http import HttpRequest

from blog.access import may_edit_any, may_write
from blog.models import Author, Post

register = template.Library()

SHOWN = 8  # of each list on the first page; the rest is one click away


@dataclass(frozen=True, slots=True)
class Desk:
    """Unfinished texts of one person; of everybody for those who edit all."""

    drafts: list[Post]
    scheduled: list[Post]
    shows_authors: bool


@register.simple_tag
def writing_desk(request: HttpRequest) -> Desk | None:
    """Drafts, the last edited first, and what is scheduled, the next first; None for those who
    do not write. Two queries.
    """
    if not may_write(request.user):
        return None
    posts = (
        Post.objects.editable_by(request.user)
        .select_related("author")
        .defer("body", "search_text", "author__about")
    )
    return Desk(
        drafts=list(posts.drafts().order_by("-updated_at", "-pk")[:SHOWN]),
        scheduled=list(posts.scheduled()[:SHOWN]),
        shows_authors=may_edit_any(request.user),
    )


@register.simple_tag
def has_initial_password(request: HttpRequest) -> bool:
    """Whether the person still uses the password that set-up printed. One query."""
    return Author.objects.of(request.user).filter(has_initial_password=True).exists()


@register.filter(expects_localtime=True)
def day_only(at: datetime) -> str:
    """The day in the blog's zone, short and the same in every language."""
    return at.date().isoformat()
