"""New posts by mail: asked for twice, each post or once a week, ended with one click."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from blog import addresses, markup
from blog.models import Post, SiteProfile
from comments import links
from comments.choices import Rhythm
from comments.models import Guest, NewsletterSubscription, OutgoingMail
from comments.models.guest import normal_address
from comments.notifications import TooMany, host, may_ask, message_id, written
from comments.visitors import Visitor

GRACE = timedelta(minutes=10)  # in which the author may mend or take back what he has published
POSTS_SHOWN = 20  # of one mail; the others are counted
TEXT_LENGTH = 400  # characters of each post
KEY = "newsletter:"  # begins the key of each of these mails
READERS_AT_ONCE = 50  # in one transaction: SQLite has one writer, and mails take time to write


@dataclass(frozen=True, slots=True)
class Item:
    """One post as a mail shows it."""

    title: str
    author: str
    published_at: datetime
    text: str
    link: str
    language: str


# --- Who gets it ----------------------------------------------------------------------------------


def of(visitor: Visitor) -> NewsletterSubscription | None:
    """That of the person who asks; None when he has none. One query."""
    return NewsletterSubscription.objects.by_person(
        user_id=visitor.user.pk if visitor.user else None,
        guest_id=visitor.guest.pk if visitor.guest else None,
    ).first()


def subscribe(*, guest: Guest | None, user: User | None, rhythm: str) -> None:
    """A confirmed guest or a member gets new posts from now on; asked again, he changes the rhythm.
    Three statements at most.
    """
    person = {"user": user} if user is not None else {"guest": guest}
    NewsletterSubscription.objects.update_or_create(
        **person, defaults={"rhythm": rhythm}, create_defaults={"rhythm": rhythm}
    )
    unconfirmed = NewsletterSubscription.objects.filter(**person, told_until=None)
    unconfirmed.update(told_until=timezone.now())


def ask(*, email: str, rhythm: str, client_key: str) -> None:
    """Asks whoever reads `email` by a mail with a link. Nothing else is sent before he says yes;
    nobody learns whether he gets the newsletter already.

    One transaction.

    Raises:
        TooMany: no more such mails for this address or this network today.
    """
    address = normal_address(email)
    profile = SiteProfile.current()
    with transaction.atomic():
        if not may_ask(address, client_key=client_key):
            raise TooMany
        guest, _is_new = Guest.objects.get_or_create(email=address)
        row, _is_new = NewsletterSubscription.objects.get_or_create(
            guest=guest, defaults={"rhythm": rhythm}
        )
        if not row.is_confirmed and row.rhythm != rhythm:
            row.rhythm = rhythm
            row.save(update_fields=["rhythm"])
        token = links.make(links.Purpose.NEWSLETTER, f"{row.pk}.{rhythm}")
        path = reverse("comments:confirm_newsletter", args=[token])
        language = guest.language or profile.language
        with translation.override(language):
            written(
                key=f"confirm:newsletter:{row.pk}:{timezone.now().timestamp()}",
                to=address,
                subject=_("Confirm that you get new posts of %(blog)s") % {"blog": profile.title},
                template="newsletter_confirm",
                context={
                    "blog": profile.title,
                    "link": addresses.absolute(path),
                    "language": language,
                },
                client_key=client_key,
            ).save()


def asked_for(token: str) -> tuple[NewsletterSubscription, str]:
    """What a mailed link confirms, and the rhythm it was asked with.

    Raises:
        links.Expired, links.Forged: the link opens nothing, or nothing any more.
    """
    key, _dot, rhythm = links.read(links.Purpose.NEWSLETTER, token).partition(".")
    if not (key.isascii() and key.isdigit() and rhythm in Rhythm.values):
        raise links.Forged
    row = NewsletterSubscription.objects.select_related("guest").filter(pk=int(key)).first()
    if row is None:
        raise links.Expired
    return row, rhythm


def confirm(row: NewsletterSubscription, *, rhythm: str) -> None:
    """The guest has shown that the address is his: posts that come from now on are mailed. Twice
    is as good as once. One transaction.
    """
    with transaction.atomic():
        now = timezone.now()
        guest = row.guest
        if guest is not None:
            guest.verified_at = guest.verified_at or now
            guest.language = SiteProfile.current().language
            guest.save(update_fields=["verified_at", "language"])
        row.rhythm = rhythm
        row.told_until = row.told_until or now
        row.save(update_fields=["rhythm", "told_until"])


def end(row: NewsletterSubscription) -> None:
    """Ends it; what waits in the outbox is not sent any more. One transaction."""
    with transaction.atomic():
        OutgoingMail.objects.filter(key__startswith=_key_of(row), sent_at=None).delete()
        row.delete()


def end_link(row: NewsletterSubscription) -> str:
    """The address that ends it: a page with a button, and what RFC 8058 posts to."""
    token = links.make(links.Purpose.END_NEWSLETTER, row.pk)
    return addresses.absolute(reverse("comments:end_newsletter", args=[token]))


def _key_of(row: NewsletterSubscription) -> str:
    return f"{KEY}{row.pk}:"


# --- What they get --------------------------------------------------------------------------------


def mail_posts() -> int:
    """Puts a mail into the outbox for each reader who is due; how many.

    A post goes out once it has been live for GRACE, to those who asked before it was published.
    What was back-dated before that, or imported, is nobody's news. Two queries when nothing is due.
    """
    if not settings.HAS_MAIL:
        return 0
    _take_back()
    now = timezone.now()
    ripe = Post.objects.live().posts().appeared(until=now - GRACE)
    newest_at = ripe.newest_first().values_list("publish_at", flat=True).first()
    if newest_at is None:
        return 0
    due = NewsletterSubscription.objects.due(now, newest_at=newest_at)
    keys = list(due.order_by("pk").values_list("pk", flat=True))
    SiteProfile.remember(SiteProfile.current() if keys else None)
    try:
        return sum(
            _write_to(keys[start : start + READERS_AT_ONCE], now=now, newest_at=newest_at)
            for start in range(0, len(keys), READERS_AT_ONCE)
        )
    finally:
        SiteProfile.remember(None)


def _take_back() -> None:
    """Drops unsent mails with a post that is no longer live; a mail with the other posts takes the
    place of each. One query, two with unsent mails, and some more for each mail that is dropped.
    """
    unsent = OutgoingMail.objects.filter(key__startswith=KEY, sent_at=None).order_by("pk")
    mails = list(unsent.only("key", "posts", "attempts"))
    if not mails:
        return
    wanted = {key for mail in mails for key in mail.posts}
    live = set(Post.objects.live().filter(pk__in=wanted).values_list("pk", flat=True))
    for mail in mails:
        kept = [key for key in mail.posts if key in live]
        if len(kept) == len(mail.posts):
            continue
        with transaction.atomic():
            # Another worker may have claimed it meanwhile; then it is sent.
            unclaimed = OutgoingMail.objects.filter(
                pk=mail.pk, sent_at=None, attempts=mail.attempts
            )
            if unclaimed.delete()[0] and kept:
                _write_again(mail, kept)


def _write_again(mail: OutgoingMail, kept: Sequence[int]) -> None:
    """What is left of a mail that was dropped, as a mail of its own."""
    rows = NewsletterSubscription.objects.select_related("guest", "user")
    row = rows.filter(pk=int(mail.key.split(":")[1])).first()
    found = Post.objects.live().newest_first().select_related("author").filter(pk__in=kept)
    posts = list(found.defer("body", "search_text"))
    if row is not None and posts and _can_be_mailed(row):
        _letter(row, posts, key=f"{_key_of(row)}again:{mail.pk}").save()


@transaction.atomic
def _write_to(keys: Sequence[int], *, now: datetime, newest_at: datetime) -> int:
    """Writes the mails of these readers, except of those whom another worker has."""
    rows = list(
        NewsletterSubscription.objects.due(now, newest_at=newest_at)
        .filter(pk__in=keys)
        .select_related("guest", "user")
        .select_for_update(skip_locked=True, no_key=True, of=("self",))
    )
    posts_by_moment: dict[datetime, list[Post]] = {}
    mails: list[OutgoingMail] = []
    for row in rows:
        since = row.told_until
        assert since is not None
        if since not in posts_by_moment:
            posts_by_moment[since] = _posts_between(since, newest_at)
        posts = posts_by_moment[since]
        row.told_until = newest_at
        if posts and _can_be_mailed(row):
            mails.append(_letter(row, posts, key=f"{_key_of(row)}{newest_at.timestamp()}"))
    OutgoingMail.objects.bulk_create(mails, ignore_conflicts=True)
    NewsletterSubscription.objects.bulk_update(rows, ["told_until"], batch_size=200)
    return len(mails)


def _posts_between(since: datetime, until: datetime) -> list[Post]:
    found = Post.objects.live().posts().appeared(after=since, until=until)
    return list(found.newest_first().select_related("author").defer("body", "search_text"))


def _can_be_mailed(row: NewsletterSubscription) -> bool:
    return bool(row.email) and (row.user is None or row.user.is_active)


def _letter(row: NewsletterSubscription, posts: Sequence[Post], *, key: str) -> OutgoingMail:
    """The mail with `posts`, newest first, in the words of its reader. Not saved."""
    profile = SiteProfile.current()
    language = (row.guest and row.guest.language) or profile.language
    stop = end_link(row)
    with translation.override(language):
        names = {"blog": profile.title, "post": str(posts[0])}
        subject = (
            _("%(post)s · %(blog)s") % names
            if len(posts) == 1
            else _("New posts on %(blog)s") % names
        )
        return written(
            key=key,
            to=row.email,
            posts=[post.pk for post in posts],
            subject=subject,
            template="newsletter",
            context={
                "language": translation.get_language(),
                "blog": profile.title,
                "home": addresses.absolute("/"),
                "items": list(_items(posts[:POSTS_SHOWN])),
                "more_count": max(0, len(posts) - POSTS_SHOWN),
                "stop": stop,
            },
            headers={
                "Message-ID": message_id("newsletter", key),
                "List-Id": f"<posts.{host()}>",
                "List-Unsubscribe": f"<{stop}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
            },
        )


def _items(posts: Iterable[Post]) -> Iterable[Item]:
    for post in posts:
        assert post.publish_at is not None
        before_more, _has_more = markup.split_more(post.body_html)
        yield Item(
            title=str(post),
            author=post.author.name,
            published_at=post.publish_at,
            text=markup.excerpt(before_more, length=TEXT_LENGTH),
            link=addresses.absolute(post.get_absolute_url()),
            language=post.language_code,
        )
