"""Changes of state of a post. Admin, commands and import call the same functions."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.utils import bulk_update_with_history

from blog import addresses, inspection, markup, pagecache
from blog.choices import Check, Kind, State
from blog.models import Label, OldAddress, Post, SiteProfile
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


TRASH_DAYS = 30  # then the background worker destroys what lies there
DESTROYED_AT_ONCE = 100  # each is a transaction of its own: the worker has other things to do

# The columns of a post that a change of state may touch.
STANDING_FIELDS = (
    *("state", "publish_at", "published_on", "address_month", "slug", "language", "trashed_at"),
)


class NotReady(ValidationError):
    """Something is missing before a post can be published; carries a sentence for the person."""


def free_slug(post: Post, wanted: str) -> str:
    """`wanted`, or `wanted-2`, `wanted-3` …: the first that no other post of its month has.

    Shape: never longer than addresses.SLUG_MAX_LENGTH. One query, whatever the number of clashes.
    """
    rivals = Post.objects.filter(kind=post.kind, slug__startswith=wanted).exclude(pk=post.pk)
    if post.kind == Kind.POST:
        rivals = rivals.filter(address_month=post.address_month)
    return _numbered(wanted, taken=set(rivals.values_list("slug", flat=True)))


def _numbered(wanted: str, *, taken: Collection[str]) -> str:
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


def fix_addresses(posts: Sequence[Post]) -> None:
    """`fix_address` for many. One query, whatever their number; saves nothing."""
    new = [post for post in posts if not (post.slug if post.is_page else post.address_month)]
    if not new:
        return
    profile = SiteProfile.current()
    for post in new:
        if not post.is_page:
            assert post.publish_at is not None
            post.address_month = addresses.month_of(profile.day(post.publish_at))
    months = {post.address_month for post in new}
    rows = Post.objects.filter(address_month__in=months).exclude(slug="")
    taken: dict[tuple[str, str], set[str]] = {}
    for kind, month, slug in rows.values_list("kind", "address_month", "slug"):
        taken.setdefault((kind, month), set()).add(slug)
    for post in new:
        beside = taken.setdefault((str(post.kind), post.address_month), set())
        post.slug = _numbered(post.slug or markup.slugify(post.title), taken=beside)
        beside.add(post.slug)


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
    keep_old_addresses([(post, old)])


def keep_old_addresses(changes: Iterable[tuple[Post, Post]]) -> None:
    """For each post as it is and as it was: its old address redirects to it, if it differs. At
    most four queries.
    """
    changes = list(changes)
    left = {
        old.get_absolute_url(): post
        for post, old in changes
        if old.is_page or old.address_month
        if old.get_absolute_url() != post.get_absolute_url()
    }
    if left:
        OldAddress.objects.bulk_create(
            [OldAddress(path=path, post=post) for path, post in left.items()],
            update_conflicts=True,
            unique_fields=["path"],
            update_fields=["post"],
        )
    # The address that is in use now redirects nowhere.
    needless = OldAddress.objects.filter(path__in=[post.get_absolute_url() for post, _ in changes])
    if needless.exists():  # a deletion of nothing would look like a change to the page cache
        needless.delete()


def publish(post: Post, *, by: User | None, at: datetime | None = None) -> Post:
    """Publishes `post` now, or at `at`: ahead of the clock it is scheduled, behind it back-dated.

    One transaction with the row locked; fixes the address at the first time; keeps a revision;
    sends post_published on commit.

    Raises:
        NotReady: there is neither a title nor a text, it would end before it begins, or a check
            that the owner chose to block found something.
    """
    if (refusal := refusals([post], at=at)[0]) is not None:
        raise refusal
    with transaction.atomic():
        if post.pk:
            Post.objects.select_for_update().filter(pk=post.pk).values_list("pk").first()
        if at is not None or post.publish_at is None:
            if not have_been_live([post]):
                post.address_month = ""  # only planned so far: the real first day counts
            post.publish_at = at or timezone.now()
        post.state = State.PUBLISHED
        if not post.language:
            post.language = language_of(post)
        fix_address(post)
        save(post, by=by)
        transaction.on_commit(lambda: post_published.send(Post, post=post))
    return post


def refusals(posts: Sequence[Post], *, at: datetime | None = None) -> list[NotReady | None]:
    """Why each of `posts` can't be published now, or at `at`; None for those that can.

    No query, unless the owner chose checks that block; then those of `inspection.inspect`.
    """
    blocks = bool(SiteProfile.current().blocking_checks)
    for post in posts if blocks else ():
        post.derive()
    findings = inspection.inspect(posts) if blocks else [[] for _post in posts]
    found: list[NotReady | None] = []
    for post, its_findings in zip(posts, findings, strict=True):
        refusal = None
        begins_at = at or post.publish_at or timezone.now()
        checks = [Check(one.check).label for one in its_findings if one.is_blocking]
        if not post.title.strip() and not post.body.strip():
            refusal = NotReady(_("Write a title or a text first: this post is empty."))
        elif post.ends_at is not None and post.ends_at <= max(begins_at, timezone.now()):
            refusal = NotReady(_("It would end before anybody could read it. Change its end."))
        elif checks:
            sentence = _("On this blog nothing is published with: %(checks)s.")
            refusal = NotReady(sentence % {"checks": ", ".join(map(str, checks))})
        found.append(refusal)
    return found


HAN = re.compile("[\u3400-\u9fff]")
KANA = re.compile("[\u3041-\u30ff]")
LATIN = re.compile("[A-Za-z]")
LETTERS_OF_A_HAN_CHARACTER = 4  # a word of two characters takes about eight Latin letters


def language_of(post: Post, *, blogs: str = "") -> str:
    """What `post` seems to be written in: the blog's language, unless its script says otherwise.

    Only Chinese is told from the rest; what is Latin on a Chinese blog is taken for English. The
    author can say something else at any time. `blogs` is the blog's language, where it is known.
    """
    blogs = blogs or SiteProfile.current().language
    text = f"{post.title} {post.body[:5_000]}"
    han, latin = len(HAN.findall(text)), len(LATIN.findall(text))
    if KANA.search(text) or not (han or latin):
        return blogs
    is_chinese = han * LETTERS_OF_A_HAN_CHARACTER > latin
    if is_chinese == blogs.startswith("zh"):
        return blogs
    return "zh-hans" if is_chinese else "en"


def have_been_live(posts: Iterable[Post]) -> set[int]:
    """Keys of those of `posts` that readers could ever have opened at their addresses.

    One query into the revisions; none where every post has no address or a time in the past.
    """
    now = timezone.now()
    addressed = [post for post in posts if post.address_month]
    surely = {post.pk for post in addressed if post.publish_at and post.publish_at <= now}
    asked = {post.pk for post in addressed} - surely
    if not asked:
        return surely
    revisions: Any = Post.history.filter(id__in=asked)  # type: ignore[attr-defined]
    found = revisions.filter(state=State.PUBLISHED, publish_at__lte=now)
    return surely | set(found.values_list("id", flat=True))


def withdraw(post: Post, *, by: User | None) -> Post:
    """Takes `post` back: readers get 404; address and comments are kept for a return."""
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


# --- Many at once --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of many posts."""

    done: list[Post] = field(default_factory=list)
    refused: list[tuple[Post, str]] = field(default_factory=list)  # with a sentence each


def publish_all(posts: Iterable[Post], *, by: User | None) -> Outcome:
    """Publishes each as `publish` does: now what was never out, at its old time what was.

    The number of queries does not depend on that of the posts. What is not ready stays as it is.
    """
    with transaction.atomic():
        rows = _locked(posts)
        outcome = Outcome()
        for post, refusal in zip(rows, refusals(rows), strict=True):
            if refusal is None:
                outcome.done.append(post)
            else:
                outcome.refused.append((post, str(refusal.message)))
        now = timezone.now()
        planned = [post for post in outcome.done if not post.publish_at or post.publish_at > now]
        once_live = have_been_live(planned)
        blogs = SiteProfile.current().language

        def change(post: Post) -> None:
            if post.publish_at is None or post.publish_at > now:
                if post.pk not in once_live:
                    post.address_month = post.address_month if post.is_page else ""
                post.publish_at = now
            post.state = State.PUBLISHED
            post.language = post.language or language_of(post, blogs=blogs)

        _change_all(outcome.done, change, by=by)
    return outcome


def withdraw_all(posts: Iterable[Post], *, by: User | None) -> Outcome:
    """Takes back each that is published, as `withdraw` does."""
    return _take_back(posts, state=State.WITHDRAWN, by=by)


def revert_all(posts: Iterable[Post], *, by: User | None) -> Outcome:
    """Makes each a draft again, as `revert_to_draft` does."""
    return _take_back(posts, state=State.DRAFT, by=by)


def _take_back(posts: Iterable[Post], *, state: State, by: User | None) -> Outcome:
    def change(post: Post) -> None:
        post.state = state

    with transaction.atomic():
        rows = _locked(posts)
        _change_all(rows, change, by=by)
    return Outcome(rows)


def label_all(posts: Iterable[Post], labels: Iterable[Label]) -> Outcome:
    """Files each under `labels` too. One query, however many."""
    rows, through = list(posts), Post.labels.through
    through.objects.bulk_create(
        [through(post_id=post.pk, label_id=label.pk) for post in rows for label in labels],
        ignore_conflicts=True,
    )
    return Outcome(rows)


def _locked(posts: Iterable[Post]) -> list[Post]:
    """`posts` as they are now, whole, and nobody else's until the transaction ends."""
    keys = [post.pk for post in posts]
    return list(Post.objects.select_for_update().filter(pk__in=keys).order_by("pk"))


def _change_all(
    posts: list[Post],
    change: Callable[[Post], object],
    *,
    by: User | None,
    signal: bool = True,
) -> None:
    """Makes a change of state of each, with address, redirect, revision and signal."""
    if not posts:
        return
    olds = [copy(post) for post in posts]
    profile = SiteProfile.current()
    for post in posts:
        change(post)
        post.published_on = profile.day(post.publish_at) if post.publish_at else None
    published = [post for post in posts if post.state == State.PUBLISHED]
    fix_addresses(published)
    bulk_update_with_history(posts, Post, STANDING_FIELDS, default_user=by)
    keep_old_addresses(zip(posts, olds, strict=True))
    if signal:
        transaction.on_commit(lambda: _tell(posts, olds))


def _tell(posts: list[Post], olds: list[Post]) -> None:
    """Sends the signals of what has changed."""
    for post, old in zip(posts, olds, strict=True):
        if post.state == State.PUBLISHED and not post.is_trashed:
            post_published.send(Post, post=post)
        elif old.state == State.PUBLISHED and not old.is_trashed:
            post_withdrawn.send(Post, post=post)


# --- Trash ---------------------------------------------------------------------------------------


def trash(post: Post, *, by: User | None) -> Post:
    """Puts `post` into the trash: nobody finds it; address, comments and revisions stay for
    TRASH_DAYS.
    """
    trash_all([post], by=by)
    post.refresh_from_db(fields=["trashed_at"])
    return post


def trash_all(posts: Iterable[Post], *, by: User | None) -> Outcome:
    """Puts each into the trash."""
    now = timezone.now()

    def change(post: Post) -> None:
        post.trashed_at = now

    with transaction.atomic():
        rows = [post for post in _locked(posts) if not post.is_trashed]
        _change_all(rows, change, by=by)
    return Outcome(rows)


def restore(post: Post, *, by: User | None) -> Post:
    """Takes `post` out of the trash: it stands where it stood, with comments and address."""

    def change(post: Post) -> None:
        post.trashed_at = None

    with transaction.atomic():
        _change_all([row for row in _locked([post]) if row.is_trashed], change, by=by)
    post.refresh_from_db(fields=["trashed_at"])
    return post


def destroy(post: Post) -> None:
    """Deletes a text in the trash for ever, with comments, addresses and revisions.

    Raises:
        ValueError: it is not in the trash.
    """
    if not post.is_trashed:
        raise ValueError("Only what is in the trash is destroyed.")
    key = post.pk
    with transaction.atomic():
        post.delete()
        # The text itself would live on in them, and the row that says it was deleted.
        Post.history.filter(id=key).delete()  # type: ignore[attr-defined]


def empty_trash() -> int:
    """Destroys what has lain in the trash for TRASH_DAYS, the oldest first; how many. Stops at
    DESTROYED_AT_ONCE: there is a next time.
    """
    long_ago = timezone.now() - timedelta(days=TRASH_DAYS)
    old = Post.objects.trashed().filter(trashed_at__lte=long_ago).order_by("trashed_at", "pk")
    posts = list(old[:DESTROYED_AT_ONCE])
    for post in posts:
        destroy(post)
    return len(posts)


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
