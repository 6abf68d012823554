"""Changes of state of a post. Admin, commands and import call the same functions."""

import re
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blog import addresses, markup, pagecache
from blog.choices import Kind, State
from blog.models import OldAddress, Post, SiteProfile
from blog.models.post import DERIVED
from blog.signals import post_published, post_withdrawn

# What only pages that show this very post, or look through all texts, can tell.
TEXT_FIELDS = frozenset(
    {"title", "body", "markup", "line_breaks", "description", "place_name", "latitude", "longitude"}
)
# What follows from other fields, or is written by others.
FOLLOWING_FIELDS = frozenset(DERIVED) | {"updated_at"}

RENDER_BATCH = 100  # whole texts, in memory together
RENDERED = ("body_html", "body_format_version", "search_text")


class NotReady(ValidationError):
    """Something is missing before a post can be published; carries a sentence for the person."""


def free_slug(post: Post, wanted: str) -> str:
    """`wanted`, or `wanted-2`, `wanted-3` …: the first that no other post of its month has.

    Shape: never longer than addresses.SLUG_MAX_LENGTH. One query, whatever the number of clashes.
    """
    rivals = Post.objects.filter(kind=post.kind, slug__startswith=wanted).exclude(pk=post.pk)
    if post.kind == Kind.POST:
        rivals = rivals.filter(address_month=post.address_month)
    taken = set(rivals.values_list("slug", flat=True))
    slug, number = wanted, 1
    while slug in taken:
        number += 1
        suffix = f"-{number}"
        slug = wanted[: addresses.SLUG_MAX_LENGTH - len(suffix)] + suffix
    return slug


def fix_address(post: Post) -> None:
    """Gives `post` its month and a free slug, if it has none yet. Saves nothing."""
    if post.kind == Kind.POST and not post.address_month:
        assert post.publish_at is not None
        post.address_month = addresses.month_of(SiteProfile.current().day(post.publish_at))
        post.slug = free_slug(post, post.slug or markup.slugify(post.title))
    elif not post.slug:
        post.slug = free_slug(post, markup.slugify(post.title))


def save(post: Post, *, by: User | None) -> Post:
    """Saves an edited post as a new revision; a changed address leaves a redirect behind.

    Reaches the old addresses and the history. The state stays what it is.
    """
    with transaction.atomic():
        old = Post.objects.filter(pk=post.pk).defer(*TEXT_FIELDS, *FOLLOWING_FIELDS).first()
        if post.is_page and not post.slug:
            fix_address(post)
        post._history_user = by  # type: ignore[attr-defined]
        with pagecache.touches(*touched_keys(post, old)):
            post.save()
        if old is not None:
            keep_old_address(post, old)
    return post


def touched_keys(post: Post, old: Post | None) -> list[str]:
    """What pages show that changes when `post` is saved over `old`; nothing while nobody but its
    writers could and can read it.
    """
    if State.PUBLISHED not in {post.state, old.state if old else State.DRAFT}:
        return []
    frame = {field.attname for field in Post._meta.concrete_fields}
    frame -= TEXT_FIELDS | FOLLOWING_FIELDS
    # The title of a page stands in the menu of all others.
    if old is None or post.is_page or any(getattr(post, at) != getattr(old, at) for at in frame):
        return [pagecache.keys.EVERYTHING]
    return [pagecache.keys.post(post.pk), pagecache.keys.TEXTS]


def keep_old_address(post: Post, old: Post) -> None:
    """Makes the address that `old` had answer with a redirect to `post`, if it differs."""
    had_address = old.is_page or bool(old.address_month)
    path = old.get_absolute_url()
    if had_address and path != post.get_absolute_url():
        OldAddress.objects.update_or_create(path=path, defaults={"post": post})
    # The address that is in use now redirects nowhere.
    needless = OldAddress.objects.filter(path=post.get_absolute_url())
    if needless.exists():  # a deletion of nothing would look like a change to the page cache
        needless.delete()


def publish(post: Post, *, by: User | None, at: datetime | None = None) -> Post:
    """Publishes `post` now, or at `at`: ahead of the clock it is scheduled, behind it back-dated.

    One transaction with the row locked; fixes the address at the first time; keeps a revision;
    sends post_published on commit.

    Raises:
        NotReady: there is neither a title nor a text.
    """
    if not post.title.strip() and not post.body.strip():
        raise NotReady(_("Write a title or a text first: this post is empty."))
    with transaction.atomic():
        if post.pk:
            Post.objects.select_for_update().filter(pk=post.pk).values_list("pk").first()
        if at is not None or post.publish_at is None:
            if not has_been_live(post):
                post.address_month = ""  # only planned so far: the real first day counts
            post.publish_at = at or timezone.now()
        post.state = State.PUBLISHED
        if not post.language:
            post.language = language_of(post)
        fix_address(post)
        save(post, by=by)
        transaction.on_commit(lambda: post_published.send(Post, post=post))
    return post


HAN = re.compile("[\u3400-\u9fff]")
KANA = re.compile("[\u3041-\u30ff]")
LATIN = re.compile("[A-Za-z]")
LETTERS_OF_A_HAN_CHARACTER = 4  # a word of two characters takes about eight Latin letters


def language_of(post: Post) -> str:
    """What `post` seems to be written in: the blog's language, unless its script says otherwise.

    Only Chinese is told from the rest; what is Latin on a Chinese blog is taken for English. The
    author can say something else at any time.
    """
    blogs = SiteProfile.current().language
    text = f"{post.title} {post.body[:5_000]}"
    han, latin = len(HAN.findall(text)), len(LATIN.findall(text))
    if KANA.search(text) or not (han or latin):
        return blogs
    is_chinese = han * LETTERS_OF_A_HAN_CHARACTER > latin
    if is_chinese == blogs.startswith("zh"):
        return blogs
    return "zh-hans" if is_chinese else "en"


def has_been_live(post: Post) -> bool:
    """Whether readers could ever have opened `post` at its address.

    One query into the revisions; none for a post without an address.
    """
    if not post.address_month:
        return False
    if post.publish_at is not None and post.publish_at <= timezone.now():
        return True
    revisions: Any = post.history
    found = revisions.filter(state=State.PUBLISHED, publish_at__lte=timezone.now())
    return bool(found.exists())


def withdraw(post: Post, *, by: User | None) -> Post:
    """Takes `post` back: readers get 404, its address and comments are kept for a return."""
    return _unpublish(post, state=State.WITHDRAWN, by=by)


def revert_to_draft(post: Post, *, by: User | None) -> Post:
    """Makes `post` a draft again; an address it once had stays its own."""
    return _unpublish(post, state=State.DRAFT, by=by)


def _unpublish(post: Post, *, state: State, by: User | None) -> Post:
    was_published = post.state == State.PUBLISHED
    with transaction.atomic():
        post.state = state
        save(post, by=by)
        if was_published:
            transaction.on_commit(lambda: post_withdrawn.send(Post, post=post))
    return post


def change_time_zone(profile: SiteProfile) -> int:
    """Regroups every post under the days of the profile's zone; the number of posts that moved.

    Addresses and stored instants stay. Two queries for each thousand posts.
    """
    moved: list[Post] = []
    posts = Post.objects.exclude(publish_at=None).only("pk", "publish_at", "published_on")
    for post in posts.iterator(chunk_size=1_000):
        assert post.publish_at is not None
        day = profile.day(post.publish_at)
        if day != post.published_on:
            post.published_on = day
            moved.append(post)
    Post.objects.bulk_update(moved, ["published_on"], batch_size=500)
    return len(moved)


def render_again() -> int:
    """Makes the HTML and the search text of posts and pages anew that an older markup made; how
    many. Nothing else of them changes: no revision, no date. A transaction for each RENDER_BATCH.

    A text that is too long for the markup of today stays as it is.
    """
    older = Post.objects.filter(body_format_version__lt=markup.FORMAT_VERSION).order_by("pk")
    count = 0
    last: int | None = 0
    while last is not None:
        with transaction.atomic():
            rows = list(older.filter(pk__gt=last).select_for_update()[:RENDER_BATCH])
            rendered = [post for post in rows if _is_derived(post)]
            Post.objects.bulk_update(rendered, RENDERED)
        count += len(rendered)
        last = rows[-1].pk if len(rows) == RENDER_BATCH else None
    return count


def _is_derived(post: Post) -> bool:
    try:
        post.derive()
    except markup.SourceTooLong:
        return False
    return True
