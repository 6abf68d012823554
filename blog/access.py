"""Who may do what: the five roles as groups, and the questions the code asks about a person."""

from collections.abc import Iterable

from django.contrib.auth.models import (
    AbstractBaseUser,
    AnonymousUser,
    Group,
    Permission,
    User,
)
from django.db import models
from django.utils.translation import gettext_lazy as _

Person = AbstractBaseUser | AnonymousUser


class Role(models.TextChoices):
    """The roles an owner hands out; the value is the group's name."""

    OWNER = "owner", _("Owner")
    EDITOR = "editor", _("Editor")
    AUTHOR = "author", _("Author")
    CONTRIBUTOR = "contributor", _("Contributor")
    MODERATOR = "moderator", _("Moderator")


LIBRARY = frozenset({"view_mediaitem", "add_mediaitem", "change_mediaitem", "delete_mediaitem"})
WRITING = LIBRARY | {"view_post", "add_post", "change_post", "view_label", "add_label"}
EDITING = WRITING | {
    "delete_post",
    "publish_post",
    "edit_any_post",
    "change_label",
    "delete_label",
    "view_author",
    "add_author",
    "change_author",
}
OWNING = EDITING | {"delete_author", "view_siteprofile", "change_siteprofile"}
PEOPLE = frozenset(
    {"view_user", "add_user", "change_user", "delete_user", "view_group"},
)

# Codenames of this app's permissions by role; other apps add their own to the same groups.
BLOG_PERMISSIONS: dict[Role, frozenset[str]] = {
    Role.OWNER: OWNING,
    Role.EDITOR: EDITING,
    Role.AUTHOR: WRITING | {"publish_post", "delete_post"},
    Role.CONTRIBUTOR: WRITING | {"delete_post"},
    Role.MODERATOR: frozenset({"view_post"}),
}


def grant(role: Role, *, app_label: str, codenames: Iterable[str]) -> None:
    """Gives the group of `role` those permissions of one app; takes none away. Three queries.

    Raises:
        LookupError: a codename does not exist, which is a mistake in our own table.
    """
    wanted = set(codenames)
    permissions = list(
        Permission.objects.filter(content_type__app_label=app_label, codename__in=wanted)
    )
    if missing := wanted - {permission.codename for permission in permissions}:
        raise LookupError(f"No such permission in {app_label}: {sorted(missing)}")
    group, _created = Group.objects.get_or_create(name=role.value)
    group.permissions.add(*permissions)


def give_role(user: User, role: Role) -> None:
    """Makes `user` a member of that role's group; owners are superusers."""
    group, _created = Group.objects.get_or_create(name=role.value)
    user.groups.add(group)
    user.is_staff = True
    if role == Role.OWNER:
        user.is_superuser = True
    user.save(update_fields=["is_staff", "is_superuser"])


def has(user: Person, permission: str) -> bool:
    """Whether `user` holds `permission`; a stranger holds none."""
    return isinstance(user, User) and user.has_perm(permission)


def role_of(user: Person) -> Role | None:
    """The highest role of `user`; None for a reader. At most one query."""
    if not isinstance(user, User):
        return None
    if user.is_superuser:
        return Role.OWNER
    names = set(user.groups.values_list("name", flat=True))
    return next((role for role in Role if role in names), None)


def set_role(user: User, role: Role | None) -> None:
    """Makes `role` the only role of `user`; None makes him a reader. Other groups stay."""
    user.groups.remove(*Group.objects.filter(name__in=Role.values))
    user.is_superuser = role == Role.OWNER
    user.is_staff = role is not None
    user.save(update_fields=["is_staff", "is_superuser"])
    if role is not None:
        give_role(user, role)


def may_write(user: Person) -> bool:
    """Whether `user` may write posts at all."""
    return has(user, "blog.add_post")


def may_publish(user: Person) -> bool:
    """Whether `user` may publish and withdraw."""
    return has(user, "blog.publish_post")


def may_edit_any(user: Person) -> bool:
    """Whether `user` may change the posts of others."""
    return has(user, "blog.edit_any_post")
