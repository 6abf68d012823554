"""The audit log of moderation."""

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.choices import Act, Status
from comments.models.comment import BlogComment

REFUSAL = "The moderation log can't be edited."


class ModerationEventQuerySet(models.QuerySet["ModerationEvent"]):
    """Events to read. Many at once are as unchangeable as one."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuses."""
        raise TypeError(REFUSAL)

    def delete(self) -> NoReturn:
        """Refuses: an event goes only with its comment."""
        raise TypeError(REFUSAL)


class ModerationEvent(models.Model):
    """One change of one comment: who, what, before, after, when, why. Written once."""

    comment = models.ForeignKey(BlogComment, on_delete=models.CASCADE, related_name="events")
    act = models.CharField(_("what"), max_length=20, choices=Act)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    status_before = models.CharField(_("before"), max_length=20, choices=Status, blank=True)
    status_after = models.CharField(_("after"), max_length=20, choices=Status)
    note = models.CharField(_("why"), max_length=300, blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)

    objects = ModerationEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("moderation event")
        verbose_name_plural = _("moderation log")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["-at", "-id"], name="event_newest")]

    def __str__(self) -> str:
        """What and when."""
        return f"{self.get_act_display()} · {self.at:%Y-%m-%d %H:%M}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Inserts; a written event is never changed."""
        if not self._state.adding:
            self._refuse()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuses: an event goes only with its comment."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise TypeError(REFUSAL)
