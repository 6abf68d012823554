"""Keeps derived rows true after a migration: the roles' permissions on comments."""

from typing import Any

from django.contrib.auth.management import create_permissions

from blog.access import Role, grant

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
