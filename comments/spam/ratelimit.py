"""How often one network may write: counted in the comment table itself, so that every process
and every machine counts the same, with nothing to configure.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zlib import crc32

from django.conf import settings
from django.db import connection
from django.utils import timezone

from comments.models import BlogComment

# (comments, within): the next one has to wait.
LIMITS = ((3, timedelta(minutes=1)), (5, timedelta(minutes=10)), (20, timedelta(days=1)))
TURN = "SELECT pg_advisory_xact_lock(%s); "


class TooFast(Exception):
    """This network wrote too much; `retry_after` says in how many seconds it may go on."""

    def __init__(self, retry_after: int) -> None:
        """Keeps the seconds."""
        super().__init__(retry_after)
        self.retry_after = retry_after


def network(address: str) -> str:
    """The /24 of an IPv4 address, the /48 of an IPv6 one; as written when it is neither."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    prefix = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network(f"{parsed}/{prefix}", strict=False))


def client_key(address: str, *, now: datetime | None = None) -> str:
    """A keyed hash of the network of `address`; another one each month, so that nothing lasting
    about a person is kept.
    """
    month = (now or timezone.now()).astimezone(UTC).strftime("%Y-%m")
    message = f"{month}|{network(address)}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).hexdigest()[:32]


def key_lasts_until(sent_at: datetime) -> datetime:
    """When the network of somebody who wrote then gets another key."""
    month = sent_at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (month + timedelta(days=32)).replace(day=1)


def check(key: str, *, email: str = "") -> int:
    """How many comments came from this network within a day; or says how long to wait. One query.

    The comments of one network come in one after the other until the transaction ends, so that
    twenty at once can't all be counted before any is there; so do those of the guest with `email`,
    as in `take_turn`.

    Raises:
        TooFast: a limit is reached.
    """
    now = timezone.now()
    turns = [key, email] if email else [key]
    times = _times(key, since=now - max(span for _count, span in LIMITS), turns=turns)
    waits = [
        times[count - 1] + span - now
        for count, span in LIMITS
        if len(times) >= count and times[count - 1] > now - span
    ]
    if waits:
        raise TooFast(max(1, int(max(waits).total_seconds()) + 1))
    return len(times)


def take_turn(email: str) -> None:
    """Waits until no comment of the guest with that address and no erasure of his is under way, and
    keeps others waiting until the transaction ends.

    SQLite lets one writer in at a time anyway. One statement on PostgreSQL.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(TURN, [crc32(email.encode())])


def _times(key: str, *, since: datetime, turns: Sequence[str]) -> list[datetime]:
    """When the latest comments of one network came, the newest first; after a turn of each."""
    most = max(count for count, _span in LIMITS)
    comments = BlogComment.objects.filter(client_key=key, submit_date__gt=since)
    times = comments.order_by("-submit_date").values_list("submit_date", flat=True)[:most]
    if connection.vendor != "postgresql":  # SQLite lets one writer in at a time anyway
        return list(times)
    # Statements on one way to the database: the last sees what came in while the others waited.
    sql, parameters = times.query.sql_with_params()
    with connection.cursor() as cursor:
        waits = [crc32(turn.encode()) for turn in turns]
        cursor.execute(TURN * len(turns) + sql, [*waits, *parameters])
        return [time for (time,) in cursor.fetchall()]
