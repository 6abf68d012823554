"""What a view says of its page: that it may be kept, what it listens to, what it shows."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from time import time
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from blog.pagecache import stamps
from blog.pagecache.keys import EVERYTHING
from blog.pagecache.stamps import Mark

TICKET = "postil.page"  # a name that no header can take
WATCHED = "postil.watched"  # with a request for which the page cache has looked for changes
# A page is rendered anew at least this often: whatever all else may have missed ends here, and the
# token of a comment form, which is good for a day, never gets old in a page.
MAX_AGE_SECONDS = 3_600
PUBLIC = "public, no-cache"  # kept by anybody, asked about each time
PRIVATE = "private, no-cache"

# Headers that decide how the page is reached, not what it shows.
KEPT_HEADERS = frozenset({"HTTP_HOST", "HTTP_X_FORWARDED_PROTO"})

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

# Cookies that make a page somebody's own.
private_cookies = {settings.SESSION_COOKIE_NAME, "messages"}
_next_moment: Callable[[], datetime | None] | None = None
_known_moment: tuple[Mark, float] | None = None


@dataclass(slots=True)
class Ticket:
    """Goes with a request whose answer may be kept; without one a page is rendered for a person,
    or for nobody's cache.
    """

    mark: Mark
    keys: set[str] = field(default_factory=set)
    parameters: frozenset[str] | None = None  # None: no view has said that its page may be kept
    ends_at: float = 0.0


def add_private_cookie(name: str) -> None:
    """From now on a browser with this cookie gets pages of its own."""
    private_cookies.add(name)


def end_pages_at(next_moment: Callable[[], datetime | None]) -> None:
    """Tells who knows when a page changes by itself: the next such moment, None for never."""
    global _next_moment
    _next_moment = next_moment


def shows(request: HttpRequest, *keys: str) -> None:
    """Says that the page of `request` shows these; it says so of all that it shows.

    A page that names nothing ends with any change at all.
    """
    ticket = request.META.get(TICKET)
    if ticket is not None:
        ticket.keys.update(keys)


def cached_page(*parameters: str) -> Callable[[View[P]], View[P]]:
    """A view whose page is the same for everybody who has no session: it may be kept.

    `parameters` are the names in a query that it listens to. The view sees no others, and of
    headers and cookies of a stranger it sees none: so the page can't depend on them.
    """
    names = frozenset(parameters)

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            is_own = not private_cookies.isdisjoint(request.COOKIES)
            _listen(request, names)
            ticket = request.META.get(TICKET)
            if ticket is not None and not is_own:
                ticket.parameters = names
                ticket.ends_at = time() + MAX_AGE_SECONDS
                if (moment := next_moment()) is not None:
                    ticket.ends_at = min(ticket.ends_at, moment)
                _make_anonymous(request)
            response = view(request, *args, **kwargs)
            if response.status_code in {200, 301}:
                response.headers.setdefault("Cache-Control", PRIVATE if is_own else PUBLIC)
                patch_vary_headers(response, ["Cookie"])
            return response

        return answer

    return decorate


def _listen(request: HttpRequest, names: Collection[str]) -> None:
    """Leaves the last value of each known parameter."""
    heard = QueryDict(mutable=True)
    for name in request.GET:
        if name in names:
            heard[name] = request.GET[name]
    heard._mutable = False
    request.GET = heard  # type: ignore[assignment]
    request.META["QUERY_STRING"] = heard.urlencode()


def _make_anonymous(request: HttpRequest) -> None:
    """Takes from the request what may not change a page that everybody gets."""
    meta = request.META
    for name in [name for name in meta if name.startswith("HTTP_") and name not in KEPT_HEADERS]:
        del meta[name]
    meta["HTTP_HOST"] = settings.SITE.netloc
    request.__dict__.pop("headers", None)  # made of what was there before
    request.COOKIES = {}


def next_moment() -> float | None:
    """When a page that is rendered now changes by itself; None for never. No query while nothing
    has changed.

    Raises:
        Unreachable: the counters are away.
    """
    global _known_moment
    if _next_moment is None:
        return None
    known = _known_moment
    counters = stamps.current()
    is_fresh, mark = counters.compare(known[0] if known else None, stamps.slots_of([EVERYTHING]))
    if known is None or not is_fresh or known[1] <= time():
        found = _next_moment()
        known = _known_moment = (mark, found.timestamp() if found else float("inf"))
    return known[1]
