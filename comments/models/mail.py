"""Mails that wait to be sent, written in the transaction that caused them."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.models.comment import BlogComment

MAX_ATTEMPTS = 8
# Minutes between attempts, 41 hours in all: a server that is down for a day still gets its mail.
BACKOFF_MINUTES = (1, 5, 15, 60, 240, 720, 1440)


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    """Questions about mails."""

    def due(self, now: datetime) -> Self:
        """Unsent mails whose next attempt has come, oldest first."""
        return self.filter(
            Q(sent_at=None), Q(next_attempt_at__lte=now), Q(attempts__lt=MAX_ATTEMPTS)
        ).order_by("next_attempt_at", "pk")


class OutgoingMail(models.Model):
    """One mail to one person. `key` makes the same news go out once."""

    key = models.CharField(max_length=200, unique=True)
    # The comment it asks about: gone, so is the mail. A mail with notices has its comments there.
    comment = models.ForeignKey(
        BlogComment, null=True, on_delete=models.CASCADE, related_name="mails", editable=False
    )
    # The keys of the posts it brings: withdrawn, they are not sent any more.
    posts = models.JSONField(default=list, editable=False)
    # Whose network asked for it, as in BlogComment: one network can't make us mail the world.
    client_key = models.CharField(max_length=32, blank=True, editable=False)
    to = models.EmailField()
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mails")
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                name="mail_due",
                condition=Q(sent_at__isnull=True),
            ),
            models.Index(fields=["to", "created_at"], name="mail_per_address"),
            models.Index(
                fields=["client_key", "created_at"],
                name="mail_per_network",
                condition=~Q(client_key=""),
            ),
        ]

    def __str__(self) -> str:
        """The subject."""
        return self.subject

    @property
    def is_last_attempt(self) -> bool:
        """Whether the attempt that comes next is the last."""
        return self.attempts + 1 >= MAX_ATTEMPTS

    def take(self, now: datetime) -> bool:
        """Claims this attempt; False when another worker was faster. One query."""
        wait = timedelta(minutes=BACKOFF_MINUTES[min(self.attempts, len(BACKOFF_MINUTES) - 1)])
        taken = OutgoingMail.objects.filter(pk=self.pk, sent_at=None, attempts=self.attempts)
        return bool(taken.update(attempts=F("attempts") + 1, next_attempt_at=now + wait))
