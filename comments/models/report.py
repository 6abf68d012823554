"""Readers' reports. Who reported is for moderators only."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.choices import ReportReason
from comments.models.comment import BlogComment


class Report(models.Model):
    """One person says what is wrong with one comment."""

    comment = models.ForeignKey(BlogComment, on_delete=models.CASCADE, related_name="reports")
    reason = models.CharField(_("reason"), max_length=10, choices=ReportReason)
    note = models.CharField(_("note"), max_length=500, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor_key = models.CharField(max_length=64, editable=False)
    # Whose network, as in BlogComment: reports from one network count once.
    client_key = models.CharField(max_length=32, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # A moderator has looked and kept the comment: these reports count no longer.
    settled_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.UniqueConstraint(fields=["comment", "actor_key"], name="report_once_per_person")
        ]
        indexes = [models.Index(fields=["client_key", "created_at"], name="report_network")]

    def __str__(self) -> str:
        """Why."""
        return self.get_reason_display()
