"""Following: who asks to be told, says so twice, and ends it with one click."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from blog.models import Post, SiteProfile
from comments import notifications
from comments.choices import Scope, Status
from comments.models import BlogComment, Guest, Subscription
from comments.models.guest import normal_address


def follow(
    post: Post, *, thread: BlogComment | None = None, guest: Guest | None, user: User | None
) -> None:
    """Subscribes a confirmed guest or a member to `post`, or to one thread of it. It holds at once;
    twice is as good as once. One query.
    """
    _keep([_row(post, thread, guest=guest, user=user, confirmed_at=timezone.now())])


def ask_to_follow(
    post: Post, *, thread: BlogComment | None = None, email: str, client_key: str
) -> None:
    """Asks whoever reads `email` whether he wants to follow `post`, or one thread of it, by a mail
    with a link. Nothing else is sent before he says yes; nobody learns whether he does already.

    One transaction.

    Raises:
        notifications.TooMany: no more such mails for this address or this network today.
    """
    with transaction.atomic():
        row = _row(post, thread, guest=_guest(email), user=None)
        _keep([row])
        subscription = Subscription.objects.select_related("guest", "post").get(
            guest=row.guest, scope=row.scope, post=post, comment=thread
        )
        notifications.ask_to_follow(subscription, client_key=client_key)


def follow_with(comment: BlogComment, scopes: Iterable[str]) -> None:
    """Subscribes the writer of a new comment to what he ticked in its form.

    A member and a confirmed guest follow at once; for somebody who has yet to confirm the comment,
    that one click will confirm both. Nobody else can be reached, so for him nothing happens. At
    most two queries.
    """
    guest, user = comment.guest, comment.user
    is_known = guest is not None or user is not None
    if comment.status == Status.SPAM or not (is_known or comment.status == Status.UNCONFIRMED):
        return
    if not is_known:
        guest = _guest(comment.user_email)
    targets = {
        Scope.REPLIES: comment.pk,
        Scope.THREAD: comment.root_id or comment.pk,
        Scope.POST: None,
    }
    rows = [
        Subscription(
            guest=guest if user is None else None,
            user=user,
            scope=scope,
            post=comment.post,
            comment_id=target,
            made_with=comment,
            confirmed_at=timezone.now() if is_known else None,
        )
        for scope, target in targets.items()
        if scope in scopes
    ]
    if rows:
        _keep(rows)


def confirm(subscription: Subscription) -> Subscription:
    """The guest has shown that the address is his: from now on he is known, and told. Twice is as
    good as once. One transaction.
    """
    with transaction.atomic():
        guest = subscription.guest
        now = timezone.now()
        if guest is not None:
            guest.verified_at = guest.verified_at or now
            guest.language = SiteProfile.current().language
            guest.save(update_fields=["verified_at", "language"])
        subscription.confirmed_at = subscription.confirmed_at or now
        subscription.save(update_fields=["confirmed_at"])
    return subscription


def confirm_made_with(comment: BlogComment) -> None:
    """The writer of `comment` has confirmed it, and with it what he ticked in its form. One query;
    the caller's transaction.
    """
    asked = Subscription.objects.asked_with(comment).filter(guest=comment.guest)
    asked.order_by().update(confirmed_at=timezone.now())


def unsubscribe(subscription: Subscription) -> None:
    """Ends `subscription`; what was about to be mailed because of it is not. One transaction."""
    with transaction.atomic():
        # Locked before its notices are looked for: the background part may be writing one.
        held = Subscription.objects.select_for_update().filter(pk=subscription.pk).first()
        if held is not None:
            held.delete()


def _guest(email: str) -> Guest:
    """The guest with that address, made when he is new; of an old one only the key is right. One
    query, no error when two ask.
    """
    (guest,) = Guest.objects.bulk_create(
        [Guest(email=normal_address(email))],
        update_conflicts=True,
        unique_fields=["email"],
        update_fields=["email"],
    )
    return guest


def _row(
    post: Post,
    thread: BlogComment | None,
    *,
    guest: Guest | None,
    user: User | None,
    confirmed_at: datetime | None = None,
) -> Subscription:
    return Subscription(
        guest=guest if user is None else None,
        user=user,
        scope=Scope.POST if thread is None else Scope.THREAD,
        post=post,
        comment=thread,
        confirmed_at=confirmed_at,
    )


def _keep(rows: Sequence[Subscription]) -> None:
    """Writes the rows of one reader and post; those that are there already stay, and are confirmed
    if these are. One query.
    """
    first = rows[0]
    if first.confirmed_at is not None:
        changed = ["confirmed_at"]
    elif first.made_with is not None:
        changed = ["made_with"]  # of what is confirmed it says nothing any more
    else:
        Subscription.objects.bulk_create(rows, ignore_conflicts=True)
        return
    Subscription.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["topic"], update_fields=changed
    )
