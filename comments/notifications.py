"""Mails about comments: written with the change that causes them, sent by the background part."""

import logging
from datetime import timedelta

from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Concat
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from blog import addresses
from blog.models import SiteProfile
from comments import links, threads
from comments.choices import Status
from comments.models import BlogComment, Guest, OutgoingMail

logger = logging.getLogger(__name__)

# Somebody may type a stranger's address: he gets no more than this, whatever is typed.
CONFIRMATIONS_PER_ADDRESS = 3
CONFIRMATIONS_PER_NETWORK = 10
SENT_MAILS_KEPT_FOR = timedelta(days=7)
UNCONFIRMED_KEPT_FOR = timedelta(days=7)


def one_line(text: str) -> str:
    """`text` as a header may hold it: no line ends, no control characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def ask_to_confirm(comment: BlogComment, *, sent_today: int) -> bool:
    """Puts the mail that asks a guest to confirm his address into the outbox; False when he, or
    the network that `sent_today` comments came from, has had enough of them today.

    Nothing that a stranger typed is in the mail. Two queries.
    """
    day_ago = timezone.now() - timedelta(days=1)
    recent = OutgoingMail.objects.filter(key__startswith="confirm:", created_at__gt=day_ago)
    if (
        sent_today >= CONFIRMATIONS_PER_NETWORK
        or recent.filter(to=comment.user_email).count() >= CONFIRMATIONS_PER_ADDRESS
    ):
        return False
    profile = SiteProfile.current()
    token = links.make(links.Purpose.CONFIRM, comment.pk)
    with translation.override(profile.language):
        context = {
            "blog": profile.title,
            "post": str(comment.post),
            "link": addresses.absolute(reverse("comments:confirm", args=[token])),
            "language": profile.language,
        }
        OutgoingMail.objects.create(
            key=f"confirm:{comment.pk}",
            to=comment.user_email,
            subject=one_line(_("Confirm your comment on %(blog)s") % {"blog": profile.title})[:200],
            text=render_to_string("emails/confirm.txt", context),
            html=render_to_string("emails/confirm.html", context),
            headers={"Auto-Submitted": "auto-generated"},
        )
    return True


def send_due(*, limit: int = 50) -> tuple[int, int]:
    """Sends what is due: how many went out, how many failed and will be tried again.

    One connection for all. A mail is claimed before it is sent, so two workers never send it
    together; one whose worker dies is sent again later.
    """
    now = timezone.now()
    due = list(OutgoingMail.objects.due(now)[:limit])
    if not due:
        return (0, 0)
    sent = failed = 0
    with get_connection() as connection:
        for mail in due:
            if not mail.take(now):
                continue
            message = EmailMultiAlternatives(
                mail.subject, mail.text, to=[mail.to], headers=mail.headers, connection=connection
            )
            if mail.html:
                message.attach_alternative(mail.html, "text/html")
            try:
                message.send()
            except OSError as error:  # SMTP errors are OSErrors too
                failed += 1
                OutgoingMail.objects.filter(pk=mail.pk).update(last_error=type(error).__name__)
                logger.warning("Mail %s could not be sent: %s", mail.pk, type(error).__name__)
            else:
                sent += 1
                OutgoingMail.objects.filter(pk=mail.pk).update(sent_at=timezone.now())
    return (sent, failed)


def forget_sent() -> int:
    """Removes mails that were sent some days ago: they hold addresses. How many."""
    old = OutgoingMail.objects.filter(sent_at__lt=timezone.now() - SENT_MAILS_KEPT_FOR)
    return old.delete()[0]


def forget_unconfirmed() -> int:
    """Removes comments whose writer never confirmed his address, and addresses that nobody ever
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
    Guest.objects.filter(verified_at=None, created_at__lt=before, comments=None).delete()
    return rows_by_model.get(BlogComment._meta.label, 0)
