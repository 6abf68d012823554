"""What a person can do about everything that is kept of him: reach it, take a copy, erase it."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from blog import addresses, pagecache
from blog.models import SiteProfile
from comments import editing, found, links, moderation, threads, visitors
from comments.choices import RemovedBy, Status
from comments.models import (
    BlogComment,
    BlogCommentQuerySet,
    CommentRevision,
    Guest,
    NewsletterSubscription,
    Notice,
    OutgoingMail,
    Reaction,
    Report,
    Subscription,
)
from comments.models.guest import normal_address
from comments.notifications.outbox import written
from comments.spam import ratelimit
from comments.visitors import Visitor

# Anybody may type anybody's address: he gets no more than this, whatever is typed.
LINKS_PER_ADDRESS = 3
LINKS_PER_NETWORK = 10
BATCH_SIZE = 500  # comments in one statement


# --- The mailed link ------------------------------------------------------------------------------


def mail_link(email: str, *, client_key: str) -> bool:
    """Puts a mail with a link to everything that is kept of `email` into the outbox; False when
    nothing is, or when the address or the network has had enough of them today.

    The caller says the same in both cases: nobody learns who has written here. Three queries.
    """
    address = normal_address(email)
    guest = Guest.objects.filter(email=address).first()
    recent = OutgoingMail.objects.filter(
        key__startswith="mine:", created_at__gt=timezone.now() - timedelta(days=1)
    )
    counts = recent.filter(Q(to=address) | Q(client_key=client_key)).aggregate(
        address=Count("pk", filter=Q(to=address)),
        network=Count("pk", filter=Q(client_key=client_key)),
    )
    if (
        guest is None
        or counts["address"] >= LINKS_PER_ADDRESS
        or counts["network"] >= LINKS_PER_NETWORK
    ):
        return False
    profile = SiteProfile.current()
    path = reverse("comments:open_mine", args=[visitors.token_for(guest, links.Purpose.MINE)])
    language = guest.language or profile.language
    with translation.override(language):
        written(
            key=f"mine:{uuid.uuid4().hex}",
            to=guest.email,
            subject=_("Your comments on %(blog)s") % {"blog": profile.title},
            template="mine",
            context={
                "blog": profile.title,
                "link": addresses.absolute(path),
                "language": language,
            },
            client_key=client_key,
        ).save()
    return True


def prove_address(guest: Guest) -> None:
    """Somebody who reads the guest's mailbox is here: from now on the address is confirmed."""
    Guest.objects.filter(pk=guest.pk, verified_at=None).update(verified_at=timezone.now())
    guest.verified_at = guest.verified_at or timezone.now()


# --- A copy of everything -------------------------------------------------------------------------


def everything_of(visitor: Visitor) -> BlogCommentQuerySet:
    """Every comment that carries the account or the address of `visitor`, oldest first: for a guest
    also those that were sent with his address and never confirmed.
    """
    if visitor.user is not None:
        mine = Q(user_id=visitor.user.pk)
    elif visitor.guest is not None:
        mine = Q(guest_id=visitor.guest.pk) | Q(
            guest=None, user=None, user_email__iexact=visitor.guest.email
        )
    else:
        mine = Q(pk__in=[])
    found: BlogCommentQuerySet = BlogComment.objects.filter(mine).order_by("pk")
    return found


def copy_of(visitor: Visitor, *, actor_keys: Sequence[str]) -> dict[str, Any]:
    """Everything that is kept of a member or a guest, ready for JSON. Nothing of anybody else."""
    address = _address_of(visitor)
    comments = everything_of(visitor).select_related("post").prefetch_related("revisions")
    subscriptions = _subscriptions_of(visitor).select_related("post", "comment__post")
    reports = Report.objects.filter(actor_key__in=actor_keys).select_related("comment__post")
    mails = (
        OutgoingMail.objects.filter(to__iexact=address) if address else OutgoingMail.objects.none()
    )
    return {
        "person": _person(visitor),
        "comments": [_comment(comment) for comment in comments],
        "subscriptions": [
            {
                "about": subscription.scope,
                "post": addresses.absolute(subscription.post.get_absolute_url()),
                "comment": subscription.comment_id,
                "asked_at": subscription.created_at,
                "confirmed_at": subscription.confirmed_at,
            }
            for subscription in subscriptions.order_by("pk")
        ],
        "newsletter": [
            {
                "how_often": row.rhythm,
                "asked_at": row.created_at,
                "confirmed": row.is_confirmed,
                "told_until": row.told_until,
            }
            for row in _newsletter_of(visitor)
        ],
        "likes_count": Reaction.objects.filter(actor_key__in=actor_keys).count(),
        "reports": [
            {
                "comment": report.comment_id,
                "reason": report.reason,
                "note": report.note,
                "reported_at": report.created_at,
            }
            for report in reports.order_by("pk")
        ],
        "mails": list(
            mails.order_by("pk").values("to", "subject", "text", "created_at", "sent_at")
        ),
    }


def _person(visitor: Visitor) -> dict[str, Any]:
    if visitor.user is not None:
        return {
            "account": visitor.user.get_username(),
            "name": visitor.user.get_full_name(),
            "email": visitor.user.email,
            "member_since": visitor.user.date_joined,
        }
    assert visitor.guest is not None
    return {
        "name": visitor.guest.name,
        "email": visitor.guest.email,
        "known_since": visitor.guest.created_at,
        "confirmed_at": visitor.guest.verified_at,
        "language": visitor.guest.language,
    }


def _comment(comment: BlogComment) -> dict[str, Any]:
    return {
        "id": comment.pk,
        "address": addresses.absolute(comment.get_absolute_url()),
        "post": str(comment.post),
        "answers": comment.reply_to_id,
        "name": comment.user_name,
        "email": comment.user_email,
        "website": comment.user_url,
        "text": comment.comment,
        "earlier_texts": [
            {"text": revision.text, "replaced_at": revision.replaced_at}
            for revision in comment.revisions.all()
        ],
        "status": comment.status,
        "removed_by": comment.removed_by,
        "sent_at": comment.submit_date,
        "published_at": comment.published_at,
        "edited_at": comment.edited_at,
        "likes_count": comment.like_count,
    }


def _address_of(visitor: Visitor) -> str:
    if visitor.user is not None:
        return visitor.user.email
    return visitor.guest.email if visitor.guest is not None else ""


def _subscriptions_of(visitor: Visitor) -> Any:
    return Subscription.objects.by_person(
        user_id=visitor.user.pk if visitor.user else None,
        guest_id=visitor.guest.pk if visitor.guest else None,
    )


def _newsletter_of(visitor: Visitor) -> Any:
    return NewsletterSubscription.objects.by_person(
        user_id=visitor.user.pk if visitor.user else None,
        guest_id=visitor.guest.pk if visitor.guest else None,
    )


# --- Erasing --------------------------------------------------------------------------------------


def erase(visitor: Visitor, *, actor_keys: Sequence[str], keeps_texts: bool) -> None:
    """Forgets a guest, or what a member has done as a commenter; his account stays.

    One transaction. No table holds the guest's address afterwards. Threads keep their shape: texts
    stay without a name when `keeps_texts`, else a notice stands where somebody has answered. What
    never was confirmed goes altogether. Likes stay as numbers that name nobody.
    """
    address = _address_of(visitor)
    assert visitor.is_person
    with transaction.atomic():
        if visitor.guest is not None:
            # What he is sending is kept before, and erased, or after, as a stranger's.
            ratelimit.take_turn(visitor.guest.email)
            if not Guest.objects.filter(pk=visitor.guest.pk).exists():
                return  # erased by another of his windows, just now
        _delete_never_confirmed(everything_of(visitor))
        comments = list(everything_of(visitor).only("post", "removed_by"))
        _forget_people(comments)
        if keeps_texts:
            keys = [comment.pk for comment in comments]
            CommentRevision.objects.filter(comment__in=keys).delete()
        else:
            _take_away(comments)
        if address:
            OutgoingMail.objects.filter(to__iexact=address).delete()
        Report.objects.filter(actor_key__in=actor_keys).update(user=None, note="")
        _subscriptions_of(visitor).delete()
        _newsletter_of(visitor).delete()
        if visitor.user is not None:
            Notice.objects.filter(user=visitor.user).delete()
        if visitor.guest is not None:
            visitor.guest.delete()
        found.forget()


def _forget_people(comments: Sequence[BlogComment]) -> None:
    with translation.override(SiteProfile.current().language):
        nobody = _("Former reader")
    pages = {pagecache.keys.discussion(comment.post_id) for comment in comments}
    with pagecache.touches(*pages, pagecache.keys.COMMENTS):
        for batch in _batches(comments):
            BlogComment.objects.filter(pk__in=batch).update(
                user=None,
                guest=None,
                user_name=nobody,
                user_email="",
                user_url="",
                ip_address=None,
                client_key="",
                fingerprint=None,
                reasons=[],  # a rule that was met may name the address
            )


def _take_away(comments: Sequence[BlogComment]) -> None:
    standing = [comment for comment in comments if comment.removed_by != RemovedBy.AUTHOR]
    for start in range(0, len(standing), BATCH_SIZE):
        batch = standing[start : start + BATCH_SIZE]
        moderation.remove(batch, by=None, removed_by=RemovedBy.AUTHOR)
    for keys in _batches(comments):
        editing.forget_texts(keys)


def _delete_never_confirmed(comments: BlogCommentQuerySet) -> None:
    """Deletes what nobody has ever seen: without an address it could never be confirmed. What
    somebody has answered stays, for its replies hang on it.
    """
    below = BlogComment.objects.filter(
        post=OuterRef("post"),
        path__gt=OuterRef("path"),
        path__lt=Concat(OuterRef("path"), Value(threads.PATH_END)),
    )
    unseen = comments.filter(~Exists(below), status=Status.UNCONFIRMED).values_list("pk", flat=True)
    BlogComment.objects.filter(pk__in=list(unseen)).delete()


def _batches(comments: Sequence[BlogComment]) -> list[list[int]]:
    keys = [comment.pk for comment in comments]
    return [keys[start : start + BATCH_SIZE] for start in range(0, len(keys), BATCH_SIZE)]
