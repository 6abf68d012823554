"""What a comment said before its writer changed it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.models.comment import BlogComment


class CommentRevision(models.Model):
    """The text of one comment up to one edit; moderators can read it."""

    comment = models.ForeignKey(BlogComment, on_delete=models.CASCADE, related_name="revisions")
    text = models.TextField(_("text"))
    replaced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("earlier text of a comment")
        verbose_name_plural = _("earlier texts of comments")
        ordering = ["-replaced_at", "-pk"]

    def __str__(self) -> str:
        """When it was replaced."""
        return f"{self.comment_id} · {self.replaced_at:%Y-%m-%d %H:%M}"
