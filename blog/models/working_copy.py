"""What somebody is writing and has not saved yet."""

from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blog.models.post import Post


class WorkingCopy(models.Model):
    """The text in one open form, apart from the post: readers and other writers never see it.

    Two windows of one person have two of them. When the form is saved or the text is discarded the
    words go and the row stays for a while, settled, so that a browser that still holds them knows.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="working_copies")
    key = models.CharField(max_length=40)
    # None for a post that was never saved, and when the post is gone: its words are still here.
    post = models.ForeignKey(
        Post, null=True, blank=True, on_delete=models.SET_NULL, related_name="working_copies"
    )
    fields = models.JSONField(default=dict, blank=True)
    # The revision that the form was opened with.
    base_revision = models.BigIntegerField(null=True, blank=True)
    saved_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("working copy")
        verbose_name_plural = _("working copies")
        constraints = [
            models.UniqueConstraint(fields=["person", "key"], name="working_copy_is_one_per_form")
        ]
        indexes = [models.Index(fields=["post", "-seen_at"], name="working_copy_of_post")]

    def __str__(self) -> str:
        """The title that was written, or the first words."""
        words = " ".join(str(self.fields.get("body", "")).split())[:40]
        return str(self.fields.get("title") or words or _("Untitled"))
