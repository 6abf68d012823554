"""Notices become mails: the first goes at once, what comes within the hour waits for one digest."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from blog.choices import MailRhythm
from blog.models import SiteProfile
from comments.choices import NoticeKind
from comments.models import Guest, Notice, OutgoingMail
from comments.models.subscription import HOUR
from comments.notifications import letters
from comments.notifications.announcing import announce_again, moderators

READERS_AT_ONCE = 50  # in one transaction: SQLite has one writer, and letters take time to write
NOTICES_AT_ONCE = 2_000  # of those readers; the rest comes with the next digest
NOTICES_KEPT_FOR = timedelta(days=30)

QUEUE_RHYTHMS = {MailRhythm.HOURLY: HOUR, MailRhythm.DAILY: timedelta(days=1)}

NEWS = frozenset({NoticeKind.FOLLOW, NoticeKind.AUTHOR})

Reader = tuple[int | None, int | None]  # the keys of a guest or of an account


def mail_notices() -> int:
    """Puts a mail into the outbox for each reader and topic that is due; how many.

    A reader is locked while his mails are written, so that two workers never write to him at once.
    One query when nothing is due.
    """
    if not settings.HAS_MAIL:
        return 0
    profile = SiteProfile.current()
    rhythm = QUEUE_RHYTHMS.get(MailRhythm(profile.moderator_mail))
    now = timezone.now()
    if rhythm is None:  # switched off meanwhile
        Notice.objects.waiting().filter(kind=NoticeKind.QUEUE).delete()
        rhythm = HOUR
    due = Notice.objects.due(now, queue_rhythm=rhythm).order_by()
    readers: list[Reader] = sorted(due.values_list("guest", "user").distinct(), key=str)
    return sum(
        _write_to(readers[start : start + READERS_AT_ONCE], profile, now=now, rhythm=rhythm)
        for start in range(0, len(readers), READERS_AT_ONCE)
    )


@transaction.atomic
def _write_to(
    readers: Sequence[Reader], profile: SiteProfile, *, now: datetime, rhythm: timedelta
) -> int:
    """Writes all mails that are due to `readers`, except to those whom another worker has."""
    guests, users = _locked(readers)
    notices = _due_to(guests, users, now=now, rhythm=rhythm)
    groups: dict[tuple[str, int | None, int | None, str], list[Notice]] = defaultdict(list)
    for notice in notices:
        groups[notice.kind, notice.guest_id, notice.user_id, notice.topic].append(notice)
    desk = letters.Desk(profile, notices)
    mails: list[OutgoingMail] = []
    for (_kind, guest_id, user_id, _topic), group in groups.items():
        person = users[user_id] if user_id is not None else guests[guest_id or 0]
        mail = desk.letter(group, person)
        mails.append(mail)
        for notice in group:
            notice.mail, notice.mailed_at = mail, now
    OutgoingMail.objects.bulk_create(mails)
    for notice in notices:
        notice.mail_id = notice.mail.pk if notice.mail else None
    Notice.objects.bulk_update(notices, ["mail", "mailed_at"], batch_size=200)
    return len(mails)


def _locked(readers: Sequence[Reader]) -> tuple[dict[int, Guest], dict[int, User]]:
    """The rows of `readers`, locked; without those whom another worker has locked."""
    guests = Guest.objects.filter(pk__in=[guest for guest, _user in readers if guest is not None])
    users = User.objects.filter(pk__in=[user for _guest, user in readers if user is not None])
    return (
        {
            row.pk: row
            for row in guests.order_by("pk").select_for_update(skip_locked=True, no_key=True)
        },
        {
            row.pk: row
            for row in users.order_by("pk").select_for_update(skip_locked=True, no_key=True)
        },
    )


def _due_to(
    guests: dict[int, Guest], users: dict[int, User], *, now: datetime, rhythm: timedelta
) -> list[Notice]:
    """The notices to mail now, oldest comment first. Removes those that are no longer true or
    can't be delivered.
    """
    mine = Q(guest__in=guests) | Q(user__in=users)
    found = list(
        Notice.objects.due(now, queue_rhythm=rhythm)
        .filter(mine)
        .select_related("comment__post", "comment__user", "subscription")
        .defer(
            "comment__comment",
            "comment__reasons",
            "comment__post__body",
            "comment__post__body_html",
            "comment__post__search_text",
        )
        .order_by("comment_id", "pk")[:NOTICES_AT_ONCE]
    )
    rightful = {user.pk for user in moderators()} if _has(found, NoticeKind.QUEUE) else set()
    lost = [
        notice.pk
        for notice in found
        if not notice.is_still_true
        or (notice.kind == NoticeKind.QUEUE and notice.user_id not in rightful)
        or (notice.user_id is not None and not _can_be_mailed(users[notice.user_id]))
    ]
    if lost:
        Notice.objects.filter(pk__in=lost).delete()
        announce_again({n.comment_id for n in found if n.kind in NEWS and not n.is_still_true})
    # Who followed a thread until now and follows the whole post since may have had a mail about
    # this very thread within the hour, under another topic.
    lately = {
        (guest_id, user_id, root_id or comment_id)
        for guest_id, user_id, root_id, comment_id in Notice.objects.filter(
            mine, kind=NoticeKind.FOLLOW, mailed_at__gt=now - HOUR
        ).values_list("guest", "user", "comment__root", "comment")
    }
    return [
        notice
        for notice in found
        if notice.pk not in lost
        and not (
            notice.kind == NoticeKind.FOLLOW
            and (notice.guest_id, notice.user_id, notice.comment.root_id or notice.comment_id)
            in lately
        )
    ]


def _has(notices: Sequence[Notice], kind: NoticeKind) -> bool:
    return any(notice.kind == kind for notice in notices)


def _can_be_mailed(user: User) -> bool:
    return user.is_active and bool(user.email)


def forget_mailed() -> int:
    """Removes notices that were mailed a month ago, and waiting ones as old; how many."""
    before = timezone.now() - NOTICES_KEPT_FOR
    old = Q(mailed_at__lt=before) | Q(mailed_at=None, created_at__lt=before)
    return Notice.objects.filter(old).delete()[0]
