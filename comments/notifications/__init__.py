"""Mails about comments: who is told of what, and how it reaches him.

In the order in which it happens: `asking` puts the mails that ask for a click into the outbox, in
the transaction of the request. The rest is the background part's: `announcing` writes one notice
for each reader and comment, `digests` makes mails of notices, at most one an hour for each topic,
`letters` says what is in them, `outbox` sends them.
"""

from comments.notifications.announcing import FRESH_FOR, MODERATE, announce_due, tell_writers
from comments.notifications.asking import (
    TooMany,
    ask_to_confirm,
    ask_to_follow,
    forget_unconfirmed,
    may_ask,
)
from comments.notifications.digests import forget_mailed, mail_notices
from comments.notifications.letters import host, message_id, stop_link
from comments.notifications.outbox import forget_sent, send_due, written

__all__ = [
    "FRESH_FOR",
    "MODERATE",
    "TooMany",
    "announce_due",
    "ask_to_confirm",
    "ask_to_follow",
    "forget_mailed",
    "forget_sent",
    "forget_unconfirmed",
    "host",
    "mail_notices",
    "may_ask",
    "message_id",
    "send_due",
    "stop_link",
    "tell_writers",
    "written",
]
