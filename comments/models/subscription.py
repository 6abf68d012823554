"""Who wants to be told of what."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blog.models import Post
from comments.choices import Scope
from comments.models.comment import BlogComment
from comments.models.guest import Guest


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Questions about subscriptions."""

    def confirmed(self) -> Self:
        """Those whose reader said yes twice."""
        return self.filter(confirmed_at__isnull=False)

    def by_person(self, *, user_id: int | None, guest_id: int | None) -> Self:
        """Those of one account or one guest."""
        if user_id is not None:
            return self.filter(user_id=user_id)
        return self.filter(guest_id=guest_id) if guest_id is not None else self.none()

    def told_of(self, comment: BlogComment) -> Self:
        """Confirmed ones that want to hear of `comment`, never of its own writer. One per reader
        is left to the caller: somebody may follow both the thread and the post.
        """
        above = Q(scope=Scope.POST)
        if comment.root_id is not None:
            above |= Q(scope=Scope.THREAD, comment_id=comment.root_id)
        if comment.reply_to_id is not None:
            above |= Q(scope=Scope.REPLIES, comment_id=comment.reply_to_id)
        readers = self.confirmed().filter(above, post_id=comment.post_id)
        if comment.user_id is not None:
            readers = readers.exclude(user_id=comment.user_id)
        if comment.guest_id is not None:
            readers = readers.exclude(guest_id=comment.guest_id)
        return readers.select_related("guest", "user").order_by("pk")


class Subscription(models.Model):
    """One reader, one thing to be told of."""

    guest = models.ForeignKey(
        Guest, null=True, blank=True, on_delete=models.CASCADE, related_name="subscriptions"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="comment_subscriptions",
    )
    scope = models.CharField(_("about"), max_length=10, choices=Scope)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="subscriptions")
    # The thread's first comment for THREAD, the reader's own for REPLIES, nothing for POST.
    comment = models.ForeignKey(
        BlogComment, null=True, blank=True, on_delete=models.CASCADE, related_name="subscriptions"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(null=True, editable=False)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [
            models.CheckConstraint(
                condition=Q(guest__isnull=False, user=None) | Q(guest=None, user__isnull=False),
                name="subscription_has_one_reader",
            ),
            models.CheckConstraint(
                condition=Q(scope=Scope.POST, comment=None)
                | (~Q(scope=Scope.POST) & Q(comment__isnull=False)),
                name="subscription_names_its_comment",
            ),
            *(
                models.UniqueConstraint(
                    fields=[reader, "scope", *target],
                    condition=Q(**{f"{reader}__isnull": False}) & Q(comment__isnull=is_post),
                    name=f"subscription_once_per_{reader}_{what}",
                )
                for reader in ("guest", "user")
                for what, target, is_post in (
                    ("post", ["post"], True),
                    ("comment", ["comment"], False),
                )
            ),
        ]
        indexes = [
            models.Index(
                fields=["post", "scope"],
                name="subscription_told",
                condition=Q(confirmed_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        """What it tells of."""
        return f"{self.get_scope_display()}: {self.post}"

    @property
    def email(self) -> str:
        """Where its mails go."""
        person = self.user or self.guest
        return person.email if person else ""


class Notice(models.Model):
    """One comment that one reader is to be told of; mailed alone or in a digest."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="notices")
    comment = models.ForeignKey(BlogComment, on_delete=models.CASCADE, related_name="notices")
    created_at = models.DateTimeField(default=timezone.now)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(fields=["subscription", "comment"], name="notice_once")
        ]
        indexes = [
            models.Index(
                fields=["created_at"], name="notice_waiting", condition=Q(mailed_at__isnull=True)
            ),
            models.Index(fields=["subscription", "-mailed_at"], name="notice_last_mailed"),
        ]

    def __str__(self) -> str:
        """Which comment."""
        return f"{self.subscription_id} · {self.comment_id}"
