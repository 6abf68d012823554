"""What the admin's own pages ask for: unfinished texts, and a password that is still the first."""

from dataclasses import dataclass
from datetime import datetime

from django import template
from django.http import HttpRequest

from blog.access import may_edit_any, may_write
from blog.models import Author, Post

register = template.Library()

AT = "history_date"
SHOWN = 8  # of each list on the first page; the rest is one click away


@dataclass(frozen=True, slots=True)
class Saving:
    """One saved revision of a text."""

    key: int
    title: str
    person: str  # empty: nobody in particular, as an import
    at: datetime


@dataclass(frozen=True, slots=True)
class Desk:
    """Unfinished texts of one person, and what was saved lately; of everybody for those who edit
    all.
    """

    drafts: list[Post]
    scheduled: list[Post]
    lately: list[Saving]
    shows_authors: bool


@register.simple_tag
def writing_desk(request: HttpRequest) -> Desk | None:
    """Drafts, the last edited first, and what is scheduled, the next first; None for those who
    do not write. Three queries.
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
        lately=_lately(request),
        shows_authors=may_edit_any(request.user),
    )


def _lately(request: HttpRequest) -> list[Saving]:
    """The last savings, each text once. One query."""
    rows = (
        Post.history.filter(  # type: ignore[attr-defined]
            id__in=Post.objects.managed_by(request.user).values("pk")
        )
        .order_by("-history_date", "-history_id")
        .values_list("id", "title", "history_user__first_name", "history_user__username", AT)
    )
    found: dict[int, Saving] = {}
    for key, title, first_name, username, at in rows[: SHOWN * 8]:
        found.setdefault(key, Saving(key, title, first_name or username or "", at))
    return list(found.values())[:SHOWN]


@register.simple_tag
def has_initial_password(request: HttpRequest) -> bool:
    """Whether the person still uses the password that set-up printed. One query."""
    return Author.objects.of(request.user).filter(has_initial_password=True).exists()


@register.filter(expects_localtime=True)
def day_only(at: datetime) -> str:
    """The day in the blog's zone, short and the same in every language."""
    return at.date().isoformat()
