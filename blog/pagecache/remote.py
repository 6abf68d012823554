"""The counters of several machines, in Redis or Valkey: one round trip to ask, one to tell."""

import importlib
import secrets
import threading
import time
from collections.abc import Collection
from typing import Any

from blog.pagecache.keys import EVERYTHING
from blog.pagecache.stamps import Mark, Unreachable, slot

PREFIX = "postil:pages"
TIMEOUT_SECONDS = 0.5  # a page can always be rendered: waiting for the counters must not cost more
PAUSE_SECONDS = 1.0  # before counters that were away are asked again
OVERDUE_SECONDS = 60  # whoever has not told by then has died, or will tell again

# KEYS: counters, writers. ARGV: a new epoch, the writer, then slots.
TELL = """
redis.call('HSETNX', KEYS[1], 'epoch', ARGV[1])
if #ARGV > 2 then
  local number = redis.call('HINCRBY', KEYS[1], 'sequence', 1)
  for at = 3, #ARGV do redis.call('HSET', KEYS[1], ARGV[at], number) end
end
redis.call('ZREM', KEYS[2], ARGV[2])
return 1
"""


class RemoteStamps:
    """Counters in a hash. A server that lost them has another epoch: then no page is fresh."""

    def __init__(self, url: str) -> None:
        """Connects at the first use."""
        redis = importlib.import_module("redis")  # only larger installations have it
        self._errors: tuple[type[Exception], ...] = (redis.RedisError, OSError)
        self._client: Any = redis.Redis.from_url(
            url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
        )
        self._tell = self._client.register_script(TELL)
        self._generation = 0
        self._away_until = 0.0
        self._counters, self._writers = f"{PREFIX}:counters", f"{PREFIX}:writers"
        self._lock = threading.Lock()

    def _refuse_while_away(self) -> None:
        if time.monotonic() < self._away_until:
            raise Unreachable("The server of the counters is away.")

    def _gone(self, error: Exception) -> Unreachable:
        self._away_until = time.monotonic() + PAUSE_SECONDS
        return Unreachable(f"The server of the counters is away ({type(error).__name__}).")

    def compare(self, mark: Mark | None, slots: tuple[int, ...]) -> tuple[bool, Mark]:
        """One round trip, which also finds changes that nobody told the end of."""
        self._refuse_while_away()
        try:
            with self._client.pipeline(transaction=False) as pipe:
                pipe.hmget(self._counters, "epoch", "sequence", *slots)
                pipe.zcount(self._writers, "-inf", time.time() - OVERDUE_SECONDS)
                (epoch, sequence, *numbers), overdue = pipe.execute()
            if epoch is None or overdue:
                self._repair()
        except self._errors as error:
            raise self._gone(error) from error
        now = (f"{self._generation}:{(epoch or b'').decode()}", int(sequence or 0))
        if mark is None or mark[0] != now[0] or epoch is None or overdue:
            return False, now
        if not slots:
            return mark[1] == now[1], now
        return all(int(number or 0) <= mark[1] for number in numbers), now

    def _repair(self) -> None:
        """Gives empty counters an epoch; what was never told may have changed anything."""
        before = time.time() - OVERDUE_SECONDS
        overdue = self._client.zrangebyscore(self._writers, "-inf", before)
        self._send("", [EVERYTHING] if overdue else [])
        if overdue:
            self._client.zrem(self._writers, *overdue)

    def _send(self, token: str, keys: Collection[str]) -> None:
        self._tell(
            keys=[self._counters, self._writers],
            args=[secrets.token_hex(8), token, *map(slot, keys)],
        )

    def begin(self) -> str:
        """One round trip: a writer that never tells its end is missed."""
        self._refuse_while_away()
        token = secrets.token_hex(8)
        try:
            self._client.zadd(self._writers, {token: time.time()})
        except self._errors as error:
            raise self._gone(error) from error
        return token

    def finish(self, token: str, keys: Collection[str]) -> None:
        """One round trip. Where it fails, `begin` has left a note that the others find."""
        try:
            self._send(token, keys)
        except self._errors as error:
            raise self._gone(error) from error

    def forget(self) -> None:
        """Begins another generation, in this process only."""
        with self._lock:
            self._generation += 1

    def sweep(self) -> None:
        """Nothing: `compare` looks each time."""
