"""Short signed links for mails and cookies: a row number, a purpose, a time, a signature.

Nothing of a comment or a person is in them. A key in SECRET_KEY_FALLBACKS still opens old ones.
"""

from datetime import timedelta
from enum import StrEnum

from django.core import signing


class Purpose(StrEnum):
    """What a link is for; one made for another purpose does not open."""

    CONFIRM = "confirm"
    STATUS = "status"
    GUEST = "guest"
    FOLLOW = "follow"  # a subscription, to confirm it
    UNSUBSCRIBE = "unsubscribe"  # a subscription, to end it
    NEWSLETTER = "newsletter"  # a reader of it and his rhythm, to confirm them
    END_NEWSLETTER = "end-newsletter"  # a reader of it
    MODERATE = "moderate"  # comment.act.moderator
    WRITER = "writer"
    READER = "reader"
    MINE = "mine"


LIFETIMES = {
    Purpose.CONFIRM: timedelta(days=7),
    Purpose.STATUS: timedelta(days=30),
    Purpose.GUEST: timedelta(days=365),
    Purpose.FOLLOW: timedelta(days=7),
    Purpose.UNSUBSCRIBE: timedelta(days=365),
    Purpose.NEWSLETTER: timedelta(days=7),
    Purpose.END_NEWSLETTER: timedelta(days=3_650),  # old mails are found again
    Purpose.MODERATE: timedelta(days=7),
    Purpose.WRITER: timedelta(days=30),
    Purpose.READER: timedelta(days=365),
    Purpose.MINE: timedelta(days=7),
}


class Expired(Exception):
    """The link was right and is too old."""


class Forged(Exception):
    """The link was not made here, or not for this purpose."""


def _signer(purpose: Purpose) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"comments.{purpose}", sep="~")


def make(purpose: Purpose, value: int | str) -> str:
    """A token for `value`: about 60 characters that need no escaping in an address."""
    return _signer(purpose).sign(str(value))


def read(purpose: Purpose, token: str) -> str:
    """The value that `token` was made for.

    Raises:
        Expired: older than the purpose allows.
        Forged: anything else.
    """
    try:
        return _signer(purpose).unsign(token, max_age=LIFETIMES[purpose])
    except signing.SignatureExpired as error:
        raise Expired from error
    except signing.BadSignature as error:
        raise Forged from error


def read_number(purpose: Purpose, token: str) -> int:
    """The row number that `token` was made for. Raises what read() raises."""
    value = read(purpose, token)
    if not value.isascii() or not value.isdigit():
        raise Forged
    return int(value)
