"""Keeps derived rows true after a migration: the roles' permissions on comments."""

from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.auth.management import create_permissions
from django.db.models import Count
from django.urls import reverse

from blog.access import Person, Role, grant, has
from blog.waiting import Waiting
from comments.models import BlogComment

MODERATING = frozenset(
    {
        "moderate",
        "view_blogcomment",
        "view_moderationevent",
        "view_blockrule",
        "add_blockrule",
        "change_blockrule",
        "delete_blockrule",
    }
)


def grant_comment_permissions(sender: Any, **kwargs: Any) -> None:
    """After each migration, moderators, editors and owners may moderate."""
    create_permissions(sender, verbosity=0, using=kwargs.get("using", "default"))
    for role in (Role.OWNER, Role.EDITOR, Role.MODERATOR):
        grant(role, app_label="comments", codenames=MODERATING)


def comments_waiting(person: Person, keys: Collection[int]) -> Mapping[int, Waiting] | None:
    """What the list of posts says of comments that wait, to those who moderate. One query, none
    for no posts.
    """
    if not has(person, "comments.moderate"):
        return None
    if not keys:
        return {}
    queue = reverse("admin:comments_blogcomment_changelist")
    waiting = BlogComment.objects.waiting().filter(post__in=keys).order_by()
    counts = waiting.values_list("post").annotate(count=Count("pk"))
    return {key: Waiting(count, f"{queue}?post={key}") for key, count in counts}
