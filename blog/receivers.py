"""Keeps derived rows true after a save: permissions of the roles, who may enter the admin, which
pictures a text shows, what search looks through.
"""

from datetime import datetime
from typing import Any

from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import User

from blog import images, pagecache, search
from blog.access import BLOG_PERMISSIONS, PEOPLE, Role, grant
from blog.models import Author, Label, Post
from blog.search import posts as found_posts


def grant_blog_permissions(sender: Any, **kwargs: Any) -> None:
    """After each migration the roles' groups hold what blog.access says."""
    create_permissions(sender, verbosity=0, using=kwargs.get("using", "default"))
    for role, codenames in BLOG_PERMISSIONS.items():
        grant(role, app_label="blog", codenames=codenames)
    from django.apps import apps

    create_permissions(apps.get_app_config("auth"), verbosity=0)
    grant(Role.OWNER, app_label="auth", codenames=PEOPLE)


def keep_staff_flag(
    sender: Any, instance: Any, action: str, reverse: bool, pk_set: Any, **kwargs: Any
) -> None:
    """Whoever has a role may enter the admin; whoever loses the last one may not."""
    if action not in {"post_add", "post_remove", "post_clear"}:
        return
    users = User.objects.filter(pk__in=pk_set or ()) if reverse else [instance]
    for user in users:
        is_staff = user.is_superuser or user.groups.filter(name__in=Role.values).exists()
        if user.is_staff != is_staff:
            user.is_staff = is_staff
            user.save(update_fields=["is_staff"])


def forget_initial_password(sender: Any, instance: User, **kwargs: Any) -> None:
    """Whoever has chosen a password of his own is reminded no longer. Every way of setting one,
    in the admin, by a mailed link, by a command, ends in this save.
    """
    if instance._password is not None:  # type: ignore[attr-defined]
        Author.objects.of(instance).update(has_initial_password=False)


def keep_media_items(sender: Any, instance: Post, raw: bool = False, **kwargs: Any) -> None:
    """The library knows at any time what each post shows, drafts too."""
    if not raw:
        images.keep_items_of(instance)


def next_turn() -> datetime | None:
    """When a post appears or ends by itself next; None when none does. One query."""
    return Post.objects.next_turn()


def watch_tables(sender: Any, **kwargs: Any) -> None:
    """After each migration the database marks what other programs write."""
    pagecache.install_triggers(using=kwargs.get("using", "default"))


def install_search(sender: Any, **kwargs: Any) -> None:
    """After each migration the database has its index, and texts that had none their documents."""
    search.install(using=kwargs.get("using", "default"))


def index_post(sender: Any, instance: Post, **kwargs: Any) -> None:
    """A post is found by what it says now."""
    found_posts.keep(instance)


def index_labels_of_posts(
    sender: Any, instance: Any, action: str, reverse: bool, pk_set: Any, **kwargs: Any
) -> None:
    """A post is found by the labels it has now, from whichever side they were changed."""
    if not reverse and action in {"post_add", "post_remove", "post_clear"}:
        found_posts.refresh([instance.pk])
    elif reverse and action in {"post_add", "post_remove"}:
        found_posts.refresh(pk_set)
    elif reverse and action == "pre_clear":
        note_labelled(sender, instance)
    elif reverse and action == "post_clear":
        index_deleted_label(sender, instance)


def index_renamed_label(sender: Any, instance: Label, created: bool, **kwargs: Any) -> None:
    """Posts are found by the new name of their label."""
    if not created:
        found_posts.refresh(instance.posts.values_list("pk", flat=True))


def note_labelled(sender: Any, instance: Any, **kwargs: Any) -> None:
    """Remembers the posts of a label that is about to lose them."""
    instance._posts_before = list(instance.posts.values_list("pk", flat=True))


def index_deleted_label(sender: Any, instance: Any, **kwargs: Any) -> None:
    """Posts are no longer found by a label they have lost."""
    found_posts.refresh(instance.__dict__.pop("_posts_before", []))
