"""Where comments stand, and who moves them. Each act is one transaction.

`receiving` keeps what visitors send, `acts` decides, `undoing` takes a decision back; `status` is
the one writer of a status and of all that follows from it, `counts` keeps the posts' counters.
"""

from comments.moderation.acts import (
    approve,
    hold,
    hold_changed,
    hold_reported,
    keep,
    mark_spam,
    record,
    remove,
    restore,
)
from comments.moderation.counts import counts_by_status, rebuild_counts
from comments.moderation.receiving import confirm, fingerprint, judge_again, receive
from comments.moderation.status import PACKAGE_FLAGS, TELL_AFTER, UNDO_WITHIN
from comments.moderation.undoing import BATCH_SIZE, undo

__all__ = [
    "BATCH_SIZE",
    "PACKAGE_FLAGS",
    "TELL_AFTER",
    "UNDO_WITHIN",
    "approve",
    "confirm",
    "counts_by_status",
    "fingerprint",
    "hold",
    "hold_changed",
    "hold_reported",
    "judge_again",
    "keep",
    "mark_spam",
    "rebuild_counts",
    "receive",
    "record",
    "remove",
    "restore",
    "undo",
]
