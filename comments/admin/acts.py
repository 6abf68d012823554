"""What a moderator can do with comments: the buttons, and what is said afterwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from comments import moderation
from comments.choices import RemovedBy, Status
from comments.models import BlogComment

# One transaction each: a lock on a few hundred rows is over before a reader notices it.
BATCH_SIZE = 500


@dataclass(frozen=True, slots=True)
class ModeratorAct:
    """One button."""

    name: str
    label: Any  # translated when it is drawn
    done: Any  # with a %(count)d
    change: Callable[..., int]


ACTS = {
    act.name: act
    for act in (
        ModeratorAct(
            "approve",
            _("Approve"),
            ngettext_lazy(
                "%(count)d comment was approved.", "%(count)d comments were approved.", "count"
            ),
            moderation.approve,
        ),
        ModeratorAct(
            "restore",
            _("Restore"),
            ngettext_lazy(
                "%(count)d comment was restored.", "%(count)d comments were restored.", "count"
            ),
            moderation.restore,
        ),
        ModeratorAct(
            "hold",
            _("Hold"),
            ngettext_lazy("%(count)d comment is held.", "%(count)d comments are held.", "count"),
            moderation.hold,
        ),
        ModeratorAct(
            "spam",
            _("Spam"),
            ngettext_lazy(
                "%(count)d comment was marked as spam.",
                "%(count)d comments were marked as spam.",
                "count",
            ),
            moderation.mark_spam,
        ),
        ModeratorAct(
            "remove",
            _("Remove"),
            ngettext_lazy(
                "%(count)d comment was removed.", "%(count)d comments were removed.", "count"
            ),
            moderation.remove,
        ),
    )
}

# What is offered for a comment of that status, the likeliest first.
OFFERED = {
    Status.UNCONFIRMED: ("approve", "spam", "remove"),
    Status.HELD: ("approve", "spam", "remove"),
    Status.PUBLISHED: ("hold", "spam", "remove"),
    Status.SPAM: ("restore", "hold", "remove"),
    Status.REMOVED: ("restore", "hold", "spam"),
}


def offered_on(status: Status | None) -> list[ModeratorAct]:
    """The acts for comments of `status`; all of them for a mixed list."""
    return [ACTS[name] for name in (OFFERED[status] if status else ACTS)]


def offered_for(comment: BlogComment) -> list[ModeratorAct]:
    """The acts for `comment`; none for what its author took away."""
    if comment.status == Status.REMOVED and comment.removed_by == RemovedBy.AUTHOR:
        return []
    return offered_on(Status(comment.status))


def perform(act: ModeratorAct, keys: Sequence[int], *, by: User, note: str = "") -> int:
    """Does `act` to the comments with those keys; how many changed. One transaction per
    BATCH_SIZE.
    """
    changed = 0
    for start in range(0, len(keys), BATCH_SIZE):
        # Handles only: moderation reads the rows itself, under a lock.
        batch = [BlogComment(pk=key) for key in keys[start : start + BATCH_SIZE]]
        changed += act.change(batch, by=by, note=note)
    return changed
