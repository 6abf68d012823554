"""The Undo button behind what a moderator was told, and what it does."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from comments import moderation
from comments.choices import Act, RemovedBy, Status
from comments.models import BlockRule, BlogComment, ModerationEvent


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back."""

    count: int  # comments that are as they were
    key: int | None  # of the comment, when it is one
    is_rule_gone: bool
    text: str  # of the reply that was taken back
    answered_key: int | None  # of the comment that it answered

    @property
    def is_something(self) -> bool:
        """Whether anything was taken back at all."""
        return bool(self.count or self.is_rule_gone or self.text)


@dataclass(frozen=True, slots=True)
class Undoable:
    """One act of one moderator, named by its moment in the log, and what was made with it.

    Nothing here is secret or signed: whoever sends another moment only reaches acts of his own.
    """

    act: Act
    at: datetime
    rule_id: int | None = None
    reply_id: int | None = None

    @classmethod
    def read(cls, value: str) -> Self | None:
        """What a button sent; None when no button of ours sends that."""
        act, *rest = value.split("@")
        try:
            at, rule_id, reply_id = rest
            moment = datetime.fromisoformat(at)
            keys = [int(key) if len(key) < 19 else 0 for key in (rule_id, reply_id)]
            if moment.utcoffset() is None or act not in Act.values:
                return None
        except ValueError:
            return None
        return cls(Act(act), moment, *(key if key > 0 else None for key in keys))

    @property
    def value(self) -> str:
        """What its button sends."""
        return f"{self.act}@{self.at.isoformat()}@{self.rule_id or 0}@{self.reply_id or 0}"

    def behind(self, sentence: str) -> SafeString:
        """The sentence with the button. Its form is the page's, which carries the token."""
        return format_html(
            '{} <button class="act" type="submit" form="acts" name="undo" value="{}">{}</button>',
            sentence,
            self.value,
            _("Undo"),
        )

    def undo(self, *, by: User) -> Undone:
        """Takes it back, with the rule and the reply made with it, unless a minute has passed or
        somebody has decided since.
        """
        since = timezone.now() - moderation.UNDO_WITHIN
        is_rule_gone, key = False, None
        reply = self._take_back_reply(by=by, since=since) if self.reply_id else None
        if self.rule_id:
            made = BlockRule.objects.filter(pk=self.rule_id, by=by, created_at__gte=since)
            is_rule_gone = bool(made.delete()[0])
        count = moderation.undo(self.act, by=by, at=self.at)
        if count == 1:
            events = ModerationEvent.objects.filter(act=Act.UNDONE, by=by).order_by("-pk")
            key = events.values_list("comment", flat=True).first()
        return Undone(
            count=count,
            key=key,
            is_rule_gone=is_rule_gone,
            text=reply.comment if reply else "",
            answered_key=reply.reply_to_id if reply else None,
        )

    def _take_back_reply(self, *, by: User, since: datetime) -> BlogComment | None:
        """The reply; None when it is not there to be taken back."""
        reply = BlogComment.objects.filter(
            pk=self.reply_id, user=by, submit_date__gte=since, status=Status.PUBLISHED
        ).first()
        if reply is not None:
            moderation.remove([reply], by=by, removed_by=RemovedBy.AUTHOR)
        return reply
