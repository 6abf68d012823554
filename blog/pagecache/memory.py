"""What all pages have in common, made once for all of them: menu, archive, labels, profile."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from time import time
from typing import Any, TypeVar

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import get_language

from blog.pagecache import pages, stamps
from blog.pagecache.keys import EVERYTHING
from blog.pagecache.stamps import Mark

MAX_VALUES = 128  # an archive of ten years is 15 kB for each month that is open in it

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Memory:
    """What was made since `mark` was read, and is right until `ends_at`."""

    mark: Mark
    made_at: float
    ends_at: float
    values: dict[Hashable, Any] = field(default_factory=dict)


_memory: _Memory | None = None
_lock = threading.Lock()


def remembered(request: HttpRequest | None, name: Hashable, make: Callable[[], T]) -> T:
    """What `make` returns, from memory while nothing that touches EVERYTHING has changed.

    The same for everybody: it may depend on `name`, the interface language, what is told under
    EVERYTHING and the clock as pages do, never on the person. Threads share it: nobody changes it.
    No query when it is known. It is made anew each time for a request that did not come through the
    page cache, which looks for changes that nobody tells, and inside a transaction: what that has
    written, nobody else may see.
    """
    known = _current(request)
    if known is None:
        return make()
    key = (get_language(), name)
    if key in known.values:
        value: T = known.values[key]
        return value
    value = make()
    with _lock:
        while len(known.values) >= MAX_VALUES:
            del known.values[next(iter(known.values))]
        known.values[key] = value
    return value


def _current(request: HttpRequest | None) -> _Memory | None:
    """What is known and right now; None where nothing may be."""
    global _memory
    if request is None or pages.WATCHED not in request.META:
        return None
    if transaction.get_connection().in_atomic_block:
        return None
    known = _memory
    slots = stamps.slots_of([EVERYTHING])
    try:
        # The mark is read before anything is made: what changes meanwhile makes it old.
        is_fresh, mark = stamps.current().compare(known.mark if known else None, slots)
        now = time()
        if known is None or not is_fresh or not known.made_at <= now < known.ends_at:
            ends_at = min(now + pages.MAX_AGE_SECONDS, pages.next_moment() or float("inf"))
            known = _memory = _Memory(mark, now, ends_at)
    except stamps.Unreachable:
        return None
    return known
