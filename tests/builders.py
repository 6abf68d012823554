"""Rows for tests: everything defaulted, what matters to a test is written in the test."""

import io
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from blog import images
from blog.access import Role, give_role
from blog.choices import Kind, State
from blog.models import Author, Label, MediaItem, Post, SiteProfile
from blog.publishing import fix_address
from comments import moderation
from comments.choices import Scope, Status
from comments.models import BlogComment, Guest, Subscription

_numbers = count(1)


def make_user(username: str = "", *, role: Role | None = None, **fields: Any) -> User:
    """An account, with that role's rights when one is given; the password is "secret"."""
    username = username or f"user{next(_numbers)}"
    fields.setdefault("email", f"{username}@example.org")
    user = User.objects.create_user(username=username, password="secret", **fields)
    if role is not None:
        give_role(user, role)
    return user


def make_author(name: str = "Ada Verne", *, user: User | None = None) -> Author:
    """A byline."""
    return Author.objects.create(name=name, user=user)


def make_label(name: str = "Paper") -> Label:
    """A label."""
    return Label.objects.create(name=name)


def picture_bytes(
    format: str = "JPEG",
    *,
    size: tuple[int, int] = (60, 40),
    mode: str = "RGB",
    colour: Any = "teal",
    **options: Any,
) -> bytes:
    """A file of one colour; `options` are those of Pillow's writer."""
    target = io.BytesIO()
    Image.new(mode, size, colour).save(target, format, **options)
    return target.getvalue()


def uploaded(content: bytes | None = None, name: str = "river.jpg") -> SimpleUploadedFile:
    """A file as a form brings it: a picture like no other unless its content is given."""
    if content is None:
        number = next(_numbers)
        content = picture_bytes("PNG", colour=(number % 256, number // 256 % 256, 128))
    return SimpleUploadedFile(name, content)


def make_media_item(
    content: bytes | None = None, *, name: str = "river.jpg", by: User | None = None, **fields: Any
) -> MediaItem:
    """An item of the library with its file; its renditions are still to be made."""
    item = images.add(uploaded(content, name), name=name, by=by).item
    for field, value in fields.items():
        setattr(item, field, value)
    item.save()
    return item


def make_post(
    *,
    title: str = "On margins",
    body: str = "A margin is a room.",
    state: State = State.PUBLISHED,
    publish_at: datetime | None = None,
    author: Author | User | None = None,
    labels: list[Label] | None = None,
    slug: str = "",
    **fields: Any,
) -> Post:
    """A live post an hour old; its address is made as publishing makes it."""
    if isinstance(author, User):
        author = Author.objects.writing_as(author)
    if author is None:
        author = Author.objects.order_by("pk").first() or make_author()
    if publish_at is None and state != State.DRAFT:
        publish_at = timezone.now() - timedelta(hours=1)
    post = Post(
        title=title,
        body=body,
        state=state,
        publish_at=publish_at,
        author=author,
        slug=slug,
        **fields,
    )
    if publish_at is not None or post.is_page:
        fix_address(post)
    post.save()
    if labels:
        post.labels.set(labels)
    return post


def make_page(**fields: Any) -> Post:
    """A live page."""
    return make_post(kind=Kind.PAGE, **{"title": "About", **fields})


def make_guest(email: str = "", *, name: str = "Grete", is_verified: bool = True) -> Guest:
    """A guest, confirmed unless said otherwise."""
    return Guest.objects.create(
        email=email or f"guest{next(_numbers)}@example.org",
        name=name,
        verified_at=timezone.now() if is_verified else None,
    )


def make_comment(
    post: Post,
    *,
    text: str = "Well said.",
    status: Status = Status.PUBLISHED,
    reply_to: BlogComment | None = None,
    user: User | None = None,
    name: str = "Grete",
    **fields: Any,
) -> BlogComment:
    """A comment in its place, with the package's flags and the post's counters kept."""
    comment = BlogComment(
        post=post,
        comment=text,
        status=status,
        user=user,
        user_name="" if user else name,
        published_at=timezone.now() if status == Status.PUBLISHED else None,
        **fields,
    )
    comment.is_public, comment.is_removed = moderation.PACKAGE_FLAGS[status]
    comment.save(reply_to=reply_to)
    moderation.rebuild_counts()
    post.refresh_from_db(fields=["comment_count", "last_comment_at"])
    return comment


def make_subscription(
    post: Post,
    *,
    comment: BlogComment | None = None,
    scope: Scope | None = None,
    guest: Guest | None = None,
    user: User | None = None,
    is_confirmed: bool = True,
) -> Subscription:
    """A confirmed subscription of a new guest to the post; with a comment, to its thread."""
    return Subscription.objects.create(
        post=post,
        comment=comment,
        scope=scope or (Scope.THREAD if comment else Scope.POST),
        guest=guest or (None if user else make_guest()),
        user=user,
        confirmed_at=timezone.now() if is_confirmed else None,
    )


def set_profile(**fields: Any) -> SiteProfile:
    """The site profile with some fields changed."""
    profile = SiteProfile.current()
    for name, value in fields.items():
        setattr(profile, name, value)
    profile.save()
    return profile
