"""Who wants to be told of what."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from blog.models import Post
from comments.choices import NoticeKind, Scope, Status
from comments.models.comment import BlogComment
from comments.models.guest import Guest
from comments.models.mail import OutgoingMail

ONE_READER = Q(guest__isnull=False, user=None) | Q(guest=None, user__isnull=False)
HOUR = timedelta(hours=1)  # at most one mail within it, for each reader and topic


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Questions about subscriptions."""

    def confirmed(self) -> Self:
        """Those whose reader said yes twice."""
        return self.filter(confirmed_at__isnull=False)

    def asked_with(self, comment: BlogComment) -> Self:
        """Those that wait for the confirmation of the comment whose form asked for them."""
        return self.filter(made_with=comment, confirmed_at=None).order_by("pk")

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


class TopicField(models.CharField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Reader and topic in one value, made whenever the row is written, in bulk too.

    One plain unique column, because a reader is one of two columns and a topic one of two others:
    no database takes four conditional constraints as the target of one "insert or update".
    """

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        """The value that follows from the row's other columns."""
        assert isinstance(model_instance, Subscription)
        row = model_instance
        reader = f"guest:{row.guest_id}" if row.user_id is None else f"user:{row.user_id}"
        value = f"{reader}:{row.scope}:{row.comment_id or row.post_id}"
        setattr(row, self.attname, value)
        return value


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
    scope = models.CharField(pgettext_lazy("subscription", "about"), max_length=10, choices=Scope)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="subscriptions")
    # The thread's first comment for THREAD, the reader's own for REPLIES, nothing for POST.
    comment = models.ForeignKey(
        BlogComment, null=True, blank=True, on_delete=models.CASCADE, related_name="subscriptions"
    )
    # The comment whose form asked for it: confirming that one confirms this one too.
    made_with = models.ForeignKey(
        BlogComment, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(null=True, editable=False)
    topic = TopicField(max_length=60, unique=True, editable=False)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [
            models.CheckConstraint(condition=ONE_READER, name="subscription_has_one_reader"),
            models.CheckConstraint(
                condition=Q(scope=Scope.POST, comment=None)
                | (~Q(scope=Scope.POST) & Q(comment__isnull=False)),
                name="subscription_names_its_comment",
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


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Questions about notices."""

    def waiting(self) -> Self:
        """Not mailed yet."""
        return self.filter(mailed_at=None)

    def due(self, now: datetime, *, queue_rhythm: timedelta) -> Self:
        """Waiting ones whose reader has had no mail about the same topic within the hour; for
        held comments, within `queue_rhythm`. Nothing of a comment whose publication a moderator may
        still take back.
        """
        same = Notice.objects.filter(topic=OuterRef("topic")).filter(
            Q(guest=OuterRef("guest")) | Q(user=OuterRef("user"))
        )
        lately = Exists(same.filter(mailed_at__gt=now - HOUR))
        told_of_queue = Exists(same.filter(mailed_at__gt=now - queue_rhythm))
        is_time = Q(comment__announce_from=None) | Q(comment__announce_from__lte=now)
        return self.waiting().filter(
            Q(Q(kind=NoticeKind.LIVE), is_time)
            | Q(Q(kind__in=(NoticeKind.FOLLOW, NoticeKind.AUTHOR)), is_time, ~lately)
            | Q(Q(kind=NoticeKind.QUEUE), ~told_of_queue)
        )


class Notice(models.Model):
    """One comment that one reader is to be told of; mailed alone or with others in a digest."""

    kind = models.CharField(max_length=10, choices=NoticeKind)
    guest = models.ForeignKey(
        Guest, null=True, on_delete=models.CASCADE, related_name="notices", editable=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.CASCADE,
        related_name="comment_notices",
        editable=False,
    )
    # Ended before the mail went out, it takes its notices along.
    subscription = models.ForeignKey(
        Subscription, null=True, on_delete=models.CASCADE, related_name="notices"
    )
    comment = models.ForeignKey(BlogComment, on_delete=models.CASCADE, related_name="notices")
    # What goes into one mail: "thread:7", "post:3", "author:3", "queue", "live:9".
    topic = models.CharField(max_length=40)
    mail = models.ForeignKey(
        OutgoingMail, null=True, on_delete=models.SET_NULL, related_name="notices"
    )
    created_at = models.DateTimeField(default=timezone.now)
    mailed_at = models.DateTimeField(null=True)  # handed to the outbox

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.CheckConstraint(condition=ONE_READER, name="notice_has_one_reader"),
            models.CheckConstraint(
                condition=Q(kind=NoticeKind.FOLLOW, subscription__isnull=False)
                | (~Q(kind=NoticeKind.FOLLOW) & Q(subscription=None)),
                name="notice_of_a_follower_has_a_subscription",
            ),
            models.UniqueConstraint(
                fields=["guest", "kind", "comment"], name="notice_once_per_guest"
            ),
            models.UniqueConstraint(
                fields=["user", "kind", "comment"], name="notice_once_per_user"
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"], name="notice_waiting", condition=Q(mailed_at__isnull=True)
            ),
            models.Index(
                fields=["guest", "topic", "-mailed_at"],
                name="notice_to_guest",
                condition=Q(guest__isnull=False),
            ),
            models.Index(
                fields=["user", "topic", "-mailed_at"],
                name="notice_to_user",
                condition=Q(user__isnull=False),
            ),
            models.Index(
                fields=["mailed_at"], name="notice_old", condition=Q(mailed_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        """Why, and which comment."""
        return f"{self.get_kind_display()} · {self.comment_id}"

    @property
    def is_still_true(self) -> bool:
        """Whether it may still be told: what was published is, what was held still waits."""
        if self.kind == NoticeKind.QUEUE:
            return self.comment.status == Status.HELD
        post = self.comment.post
        return self.comment.is_shown and post.is_live and post.shows_comments
