"""The outbox: mails that are written into the database, sent from there, tried again, forgotten."""

import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone

from comments.choices import Status
from comments.models import BlogComment, Notice, OutgoingMail
from comments.models.mail import MAX_ATTEMPTS

logger = logging.getLogger(__name__)

SENT_MAILS_KEPT_FOR = timedelta(days=7)
SUBJECT_LENGTH = 200  # characters

# What a comment may be while a mail still asks its writer to confirm it.
ASKABLE = frozenset({Status.UNCONFIRMED, Status.HELD})


def one_line(text: str) -> str:
    """`text` as a header may hold it: no line ends, no control characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def written(
    *,
    key: str,
    to: str,
    subject: str,
    template: str,
    context: dict[str, Any],
    headers: dict[str, str] | None = None,
    comment: BlogComment | None = None,
    posts: Sequence[int] = (),
    client_key: str = "",
) -> OutgoingMail:
    """A mail that is not saved yet: `emails/TEMPLATE.txt` and `.html`, in the language that is
    active.
    """
    return OutgoingMail(
        key=key,
        to=to,
        subject=one_line(subject)[:SUBJECT_LENGTH],
        text=render_to_string(f"emails/{template}.txt", context).strip() + "\n",
        html=render_to_string(f"emails/{template}.html", context),
        headers={"Auto-Submitted": "auto-generated", **(headers or {})},
        comment=comment,
        posts=list(posts),
        client_key=client_key,
    )


def send_due(*, limit: int = 50) -> tuple[int, int]:
    """Sends what is due: how many went out, how many failed and will be tried again.

    One connection for all. A mail is claimed before it is sent, so two workers never send it
    together; one whose worker dies is sent again later. What is no longer true is not sent.
    """
    now = timezone.now()
    due = list(OutgoingMail.objects.due(now).select_related("comment")[:limit])
    if not due:
        return (0, 0)
    untrue = _take_back(due)
    sent = failed = 0
    connection = get_connection()
    try:
        for mail in due:
            if mail.pk in untrue or not mail.take(now):
                continue
            if _send(mail, connection):
                sent += 1
            else:
                failed += 1
    finally:
        connection.close()
    return (sent, failed)


def _send(mail: OutgoingMail, connection: BaseEmailBackend) -> bool:
    """Whether the claimed `mail` went out. What went wrong is written down, never an address."""
    message = EmailMultiAlternatives(
        mail.subject, mail.text, to=[mail.to], headers=mail.headers, connection=connection
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    try:
        connection.open()
        message.send()
    except (OSError, ValueError) as error:  # SMTP errors are OSErrors; an address may be no address
        reason = type(error).__name__
        OutgoingMail.objects.filter(pk=mail.pk).update(last_error=reason)
        if mail.is_last_attempt:
            logger.error("Mail %s is given up after %s attempts: %s", mail.pk, MAX_ATTEMPTS, reason)
        else:
            logger.warning("Mail %s could not be sent: %s", mail.pk, reason)
        _hang_up(connection)
        return False
    OutgoingMail.objects.filter(pk=mail.pk).update(sent_at=timezone.now())
    return True


def _hang_up(connection: BaseEmailBackend) -> None:
    """After a failure the next mail gets a fresh connection."""
    try:
        connection.close()
    except OSError as error:
        logger.info("The mail server hung up by itself: %s", type(error).__name__)


def _take_back(mails: Iterable[OutgoingMail]) -> set[int]:
    """Drops those of `mails` that are no longer true: a comment of theirs was taken down, a
    subscription ended. What is still true of them waits for the next digest. Their keys.

    Two queries, and some more for each mail that is dropped.
    """
    by_notices = {mail.pk: mail for mail in mails if mail.key.startswith("notice:")}
    notices = Notice.objects.filter(mail__in=by_notices).select_related("comment__post")
    kept: set[int] = set()
    untrue = {
        mail.pk: mail
        for mail in mails
        if mail.comment is not None and mail.comment.status not in ASKABLE
    }
    for notice in notices.defer("comment__comment", "comment__post__body"):
        assert notice.mail_id is not None
        kept.add(notice.mail_id)
        if not notice.is_still_true:
            untrue[notice.mail_id] = by_notices[notice.mail_id]
    untrue |= {key: mail for key, mail in by_notices.items() if key not in kept}
    for key, mail in untrue.items():
        with transaction.atomic():
            waiting = list(Notice.objects.filter(mail=key).values_list("pk", flat=True))
            # Another worker may have claimed it meanwhile; then it is sent.
            unclaimed = OutgoingMail.objects.filter(pk=key, sent_at=None, attempts=mail.attempts)
            if unclaimed.delete()[0]:
                Notice.objects.filter(pk__in=waiting).update(mailed_at=None)
    return set(untrue)


def forget_sent() -> int:
    """Removes mails that were sent, or given up, some days ago: they hold addresses. How many."""
    before = timezone.now() - SENT_MAILS_KEPT_FOR
    old = OutgoingMail.objects.filter(
        Q(sent_at__lt=before)
        | Q(sent_at=None, attempts__gte=MAX_ATTEMPTS, next_attempt_at__lt=before)
    )
    return old.delete()[0]
