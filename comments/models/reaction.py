"""Likes: once per person and comment, guests too."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comments.models.comment import BlogComment


class Reaction(models.Model):
    """One person likes one comment. `actor_key` is a keyed hash of who: an account, a confirmed
    guest, or else the browser's own random number, never an address.
    """

    comment = models.ForeignKey(BlogComment, on_delete=models.CASCADE, related_name="reactions")
    actor_key = models.CharField(max_length=64, editable=False)
    # Whose network, as in BlogComment: how fast it may like.
    client_key = models.CharField(max_length=32, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("reaction")
        verbose_name_plural = _("reactions")
        constraints = [
            models.UniqueConstraint(
                fields=["comment", "actor_key"], name="reaction_once_per_person"
            )
        ]
        indexes = [
            models.Index(fields=["actor_key"], name="reaction_actor"),
            models.Index(fields=["client_key", "created_at"], name="reaction_network"),
        ]

    def __str__(self) -> str:
        """Which comment."""
        return f"♥ {self.comment_id}"
