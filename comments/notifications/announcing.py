"""Who is to be told of a comment: one notice for each reader, written by the background part.

The request that publishes a comment does nothing for it: an empty `announced_at` says enough.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from blog import pagecache
from blog.choices import MailRhythm
from blog.models import SiteProfile
from comments.choices import NoticeKind, Scope
from comments.models import BlogComment, BlogCommentQuerySet, Notice, Subscription
from comments.models.guest import normal_address

MODERATE = "comments.moderate"
BATCH_SIZE = 50  # comments in one transaction: readers' requests wait for no longer one
FRESH_FOR = timedelta(days=3)  # what was published earlier, as an import was, is no news

# Who follows in several ways hears by the widest: its mails then hold all that the others would.
WIDEST_FIRST = (Scope.POST, Scope.THREAD, Scope.REPLIES)


def announce_due() -> int:
    """Writes the notices of comments that were published or held since; of how many comments.

    Two workers never take the same comment. Two queries when there is nothing to do. Without a
    mail server nobody is told, now or later.
    """
    return _announce_published() + _announce_held()


def _mark(comments: BlogCommentQuerySet, **moments: datetime | None) -> None:
    """Writes when somebody was told. No page shows it."""
    with pagecache.touches():
        comments.update(**moments)


def announce_again(keys: Iterable[int]) -> None:
    """Those comments were taken down before their news went out: published once more, they are
    news to whoever was not mailed. One query.
    """
    _mark(BlogComment.objects.filter(pk__in=keys), announced_at=None)


# --- Published comments: to followers and to the post's author -----------------------------------


def _announce_published() -> int:
    news = BlogComment.objects.unannounced()
    if not news.exists():
        return 0
    now = timezone.now()
    if not settings.HAS_MAIL:
        _mark(news, announced_at=now)
        return 0
    old = news.filter(Q(published_at=None) | Q(published_at__lt=now - FRESH_FOR))
    if old.exists():
        _mark(old, announced_at=now)
    tells_authors = SiteProfile.current().author_mail
    count = 0
    # Comments on a post that was withdrawn wait: it may come back before they are old.
    while news.published().exists():
        with transaction.atomic():
            comments = list(
                news.published()
                .select_for_update(of=("self",), skip_locked=True, no_key=True)
                .select_related("user", "guest", "post__author__user")
                .defer("comment", "body_html", "post__body", "post__body_html", "post__search_text")
                .order_by("pk")[:BATCH_SIZE]
            )
            if not comments:  # another worker has them
                break
            Notice.objects.bulk_create(
                [
                    notice
                    for comment in comments
                    for notice in _news_of(comment, tells_author=tells_authors)
                ],
                ignore_conflicts=True,
                batch_size=500,
            )
            keys = [comment.pk for comment in comments]
            _mark(BlogComment.objects.filter(pk__in=keys), announced_at=now)
        count += len(comments)
    return count


def _news_of(comment: BlogComment, *, tells_author: bool) -> Iterator[Notice]:
    """A notice for each reader of `comment`, once for each address, never for its writer."""
    told = {"", _address_of_writer(comment)}
    author = comment.post.author.user
    if tells_author and author is not None and author.is_active and author.pk != comment.user_id:
        address = normal_address(author.email)
        if address not in told:
            told.add(address)
            yield Notice(
                kind=NoticeKind.AUTHOR,
                user=author,
                comment=comment,
                topic=f"author:{comment.post_id}",
            )
    followers = Subscription.objects.told_of(comment).select_for_update(of=("self",), no_key=True)
    for subscription in sorted(followers, key=lambda row: WIDEST_FIRST.index(Scope(row.scope))):
        address = normal_address(subscription.email)
        if address in told or (subscription.user and not subscription.user.is_active):
            continue
        told.add(address)
        yield Notice(
            kind=NoticeKind.FOLLOW,
            guest=subscription.guest,
            user=subscription.user,
            subscription=subscription,
            comment=comment,
            topic=f"post:{comment.post_id}"
            if subscription.scope == Scope.POST
            else f"thread:{comment.root_id or comment.pk}",
        )


def _address_of_writer(comment: BlogComment) -> str:
    """The address that is known to be the writer's; what somebody only typed is not."""
    person = comment.user or comment.guest
    return normal_address(person.email) if person else ""


# --- Held comments: to moderators ----------------------------------------------------------------


def _announce_held() -> int:
    news = BlogComment.objects.new_to_moderators()
    if not news.exists():
        return 0
    now = timezone.now()
    if not settings.HAS_MAIL or SiteProfile.current().moderator_mail == MailRhythm.NEVER:
        _mark(news, moderators_told_at=now)
        return 0
    readers = moderators()
    count = 0
    while news.exists():
        with transaction.atomic():
            comments = list(
                news.select_for_update(of=("self",), skip_locked=True, no_key=True)
                .only("pk", "user_id")
                .order_by("pk")[:BATCH_SIZE]
            )
            if not comments:
                break
            keys = [comment.pk for comment in comments]
            # Held once more: what was said then is no reason not to say it now.
            Notice.objects.filter(kind=NoticeKind.QUEUE, comment__in=keys).delete()
            Notice.objects.bulk_create(
                [
                    Notice(kind=NoticeKind.QUEUE, user=reader, comment=comment, topic="queue")
                    for comment in comments
                    for reader in readers
                    if reader.pk != comment.user_id
                ],
                ignore_conflicts=True,
                batch_size=500,
            )
            _mark(BlogComment.objects.filter(pk__in=keys), moderators_told_at=now)
        count += len(comments)
    return count


def moderators() -> list[User]:
    """Everybody who may moderate and can be mailed. One query."""
    may = User.objects.with_perm(MODERATE, backend="django.contrib.auth.backends.ModelBackend")
    return list(may.exclude(email="").order_by("pk"))


# --- Comments that a moderator let through: to their writers -------------------------------------


def tell_writers(comments: Iterable[BlogComment], *, by: User) -> None:
    """Notes that the writers of `comments`, approved by a moderator, are to be told so once.

    Only whom a confirmed address or an account can reach; `guest` of each must be loaded. At most
    one query.
    """
    if not settings.HAS_MAIL:
        return
    notices = [
        Notice(
            kind=NoticeKind.LIVE,
            guest=comment.guest if comment.user_id is None else None,
            user_id=comment.user_id,
            comment=comment,
            topic=f"live:{comment.pk}",
        )
        for comment in comments
        if (comment.user_id is not None and comment.user_id != by.pk)
        or (comment.user_id is None and comment.guest is not None and comment.guest.is_verified)
    ]
    if notices:
        Notice.objects.bulk_create(notices, ignore_conflicts=True)
