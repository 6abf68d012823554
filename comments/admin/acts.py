"""What a moderator can do with comments: the buttons, and what is said afterwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from comments import moderation
from comments.choices import Act, RemovedBy, Status
from comments.models import BlogComment


@dataclass(frozen=True, slots=True)
class ModeratorAct:
    """One button."""

    name: str
    logged: Act  # what the log calls it
    label: Any  # translated when it is drawn
    done: Any  # with a %(count)d
    change: Callable[..., int]


ACTS = {
    act.name: act
    for act in (
        ModeratorAct(
            "approve",
            Act.APPROVED,
            _("Approve"),
            ngettext_lazy(
                "%(count)d comment was approved.", "%(count)d comments were approved.", "count"
            ),
            moderation.approve,
        ),
        ModeratorAct(
            "restore",
            Act.RESTORED,
            _("Restore"),
            ngettext_lazy(
                "%(count)d comment was restored.", "%(count)d comments were restored.", "count"
            ),
            moderation.restore,
        ),
        ModeratorAct(
            "hold",
            Act.HELD,
            _("Hold"),
            ngettext_lazy("%(count)d comment is held.", "%(count)d comments are held.", "count"),
            moderation.hold,
        ),
        ModeratorAct(
            "spam",
            Act.MARKED_SPAM,
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
            Act.REMOVED,
            _("Remove"),
            ngettext_lazy(
                "%(count)d comment was removed.", "%(count)d comments were removed.", "count"
            ),
            moderation.remove,
        ),
        ModeratorAct(
            "keep",
            Act.KEPT,
            _("Keep"),
            ngettext_lazy(
                "%(count)d reported comment stays as it is.",
                "%(count)d reported comments stay as they are.",
                "count",
            ),
            moderation.keep,
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


def offered_on(status: Status | None, *, is_reported: bool = False) -> list[ModeratorAct]:
    """The acts for comments of `status`, all of them for a mixed list; for reported comments also
    the one that leaves them as they are.
    """
    names = OFFERED[status] if status else tuple(name for name in ACTS if name != "keep")
    return [ACTS[name] for name in (("keep", *names) if is_reported else names)]


def offered_for(comment: BlogComment, *, is_reported: bool = False) -> list[ModeratorAct]:
    """The acts for `comment`; none for what its author took away."""
    if comment.status == Status.REMOVED and comment.removed_by == RemovedBy.AUTHOR:
        return []
    is_kept_by_approval = comment.status != Status.PUBLISHED
    return offered_on(Status(comment.status), is_reported=is_reported and not is_kept_by_approval)


def perform(
    act: ModeratorAct, keys: Sequence[int], *, by: User, at: datetime, note: str = ""
) -> int:
    """Does `act` to the comments with those keys; how many changed. In the log all have the moment
    `at`. One transaction per batch.
    """
    changed = 0
    for start in range(0, len(keys), moderation.BATCH_SIZE):
        # Handles only: moderation reads the rows itself, under a lock.
        batch = [BlogComment(pk=key) for key in keys[start : start + moderation.BATCH_SIZE]]
        changed += act.change(batch, by=by, note=note, at=at)
    return changed
