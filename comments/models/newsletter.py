"""Who gets new posts by mail."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.choices import Rhythm
from comments.models.guest import Guest

WEEK = timedelta(days=7)


class NewsletterSubscriptionQuerySet(models.QuerySet["NewsletterSubscription"]):
    """Questions about the readers of the newsletter."""

    def by_person(self, *, user_id: int | None, guest_id: int | None) -> Self:
        """That of one account or one guest."""
        if user_id is not None:
            return self.filter(user_id=user_id)
        return self.filter(guest_id=guest_id) if guest_id is not None else self.none()

    def due(self, now: datetime, *, newest_at: datetime) -> Self:
        """Confirmed ones that have not heard of the post of `newest_at` and whose time has come."""
        return self.filter(
            Q(rhythm=Rhythm.EACH) | Q(told_until__lte=now - WEEK),
            told_until__lt=newest_at,
        )


class NewsletterSubscription(models.Model):
    """One reader who gets new posts by mail."""

    guest = models.OneToOneField(
        Guest, null=True, blank=True, on_delete=models.CASCADE, related_name="newsletter"
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="newsletter",
    )
    rhythm = models.CharField(_("how often"), max_length=10, choices=Rhythm, default=Rhythm.EACH)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Posts published until then were mailed, or are older than the wish. Null: not confirmed yet.
    told_until = models.DateTimeField(null=True, editable=False)

    objects = NewsletterSubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("reader of the newsletter")
        verbose_name_plural = _("readers of the newsletter")
        constraints = [
            models.CheckConstraint(
                condition=Q(guest__isnull=False, user=None) | Q(guest=None, user__isnull=False),
                name="newsletter_has_one_reader",
            )
        ]
        indexes = [
            models.Index(
                fields=["told_until"],
                name="newsletter_told",
                condition=Q(told_until__isnull=False),
            )
        ]

    def __str__(self) -> str:
        """How often."""
        return self.get_rhythm_display()

    @property
    def is_confirmed(self) -> bool:
        """Whether the reader said yes twice."""
        return self.told_until is not None

    @property
    def email(self) -> str:
        """Where the mails go."""
        person = self.user or self.guest
        return person.email if person else ""
