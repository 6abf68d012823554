"""Mails that ask somebody to confirm: a comment, a subscription. Limited, since anybody may type
anybody's address.
"""

from datetime import timedelta

from django.db.models import Count, Exists, OuterRef, Q, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from blog import addresses
from blog.models import Post, SiteProfile
from comments import links, threads
from comments.choices import Status
from comments.models import (
    BlogComment,
    Guest,
    NewsletterSubscription,
    OutgoingMail,
    Subscription,
)
from comments.models.guest import normal_address
from comments.notifications.outbox import written

# Somebody may type a stranger's address: he gets no more than this, whatever is typed.
CONFIRMATIONS_PER_ADDRESS = 3
CONFIRMATIONS_PER_NETWORK = 10
UNCONFIRMED_KEPT_FOR = timedelta(days=7)


class TooMany(Exception):
    """This address, or this network, has had enough confirmation mails for today."""


def may_ask(address: str, *, client_key: str) -> bool:
    """Whether one more confirmation mail may go to `address` for somebody in that network. One
    query.
    """
    recent = OutgoingMail.objects.filter(
        key__startswith="confirm:", created_at__gt=timezone.now() - timedelta(days=1)
    )
    same_network = Q(client_key=client_key) & ~Q(client_key="")
    counts = recent.filter(Q(to=address) | same_network).aggregate(
        address=Count("pk", filter=Q(to=address)), network=Count("pk", filter=same_network)
    )
    return bool(
        counts["address"] < CONFIRMATIONS_PER_ADDRESS
        and counts["network"] < CONFIRMATIONS_PER_NETWORK
    )


def ask_to_confirm(comment: BlogComment) -> bool:
    """Puts the mail that asks a guest to confirm his comment into the outbox; False when he, or the
    network it came from, has had enough of them today.

    Nothing that a stranger typed is in the mail. Two queries.
    """
    address = normal_address(comment.user_email)
    if not may_ask(address, client_key=comment.client_key):
        return False
    profile = SiteProfile.current()
    token = links.make(links.Purpose.CONFIRM, comment.pk)
    with translation.override(profile.language):
        written(
            key=f"confirm:{comment.pk}",
            to=address,
            subject=_("Confirm your comment on %(blog)s") % {"blog": profile.title},
            template="confirm",
            context=_context(profile, comment.post, reverse("comments:confirm", args=[token])),
            comment=comment,
            client_key=comment.client_key,
        ).save()
    return True


def ask_to_follow(subscription: Subscription, *, client_key: str) -> None:
    """Puts the mail that asks a guest to confirm a subscription into the outbox. Two queries.

    Nothing that a stranger typed is in the mail.

    Raises:
        TooMany: he, or the network that asks, has had enough of them today.
    """
    assert subscription.guest is not None
    address = subscription.guest.email
    if not may_ask(address, client_key=client_key):
        raise TooMany
    profile = SiteProfile.current()
    token = links.make(links.Purpose.FOLLOW, subscription.pk)
    with translation.override(subscription.guest.language or profile.language):
        written(
            key=f"confirm:follow:{subscription.pk}:{timezone.now().timestamp()}",
            to=address,
            subject=_("Confirm that you follow comments on %(blog)s") % {"blog": profile.title},
            template="follow",
            context=_context(
                profile, subscription.post, reverse("comments:confirm_follow", args=[token])
            ),
            client_key=client_key,
        ).save()


def _context(profile: SiteProfile, post: Post, path: str) -> dict[str, str]:
    return {
        "blog": profile.title,
        "post": str(post),
        "link": addresses.absolute(path),
        "language": translation.get_language() or profile.language,
    }


def forget_unconfirmed() -> int:
    """Removes comments and subscriptions that nobody confirmed, and addresses that nobody ever
    confirmed and that no comment names; how many comments.

    A comment that somebody has answered stays: its replies hang on it.
    """
    before = timezone.now() - UNCONFIRMED_KEPT_FOR
    below = BlogComment.objects.filter(
        post=OuterRef("post"),
        path__gt=OuterRef("path"),
        path__lt=Concat(OuterRef("path"), Value(threads.PATH_END)),
    )
    old = BlogComment.objects.filter(
        Q(status=Status.UNCONFIRMED, submit_date__lt=before), ~Exists(below)
    )
    _rows, rows_by_model = old.delete()
    Subscription.objects.filter(confirmed_at=None, created_at__lt=before).delete()
    NewsletterSubscription.objects.filter(told_until=None, created_at__lt=before).delete()
    Guest.objects.filter(
        verified_at=None,
        created_at__lt=before,
        comments=None,
        subscriptions=None,
        newsletter=None,
    ).delete()
    return rows_by_model.get(BlogComment._meta.label, 0)
