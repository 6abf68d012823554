"""Answers strangers from finished bytes, before any of Django runs."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from time import monotonic, time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.http import HttpResponse
from django.http.request import split_domain_port, validate_host
from django.utils.http import parse_http_date_safe
from django.utils.text import compress_string

from blog.pagecache import pages, stamps
from blog.pagecache.disk import Disk
from blog.pagecache.lookout import Lookout
from blog.pagecache.stamps import Mark, Unreachable, slots_of
from blog.pagecache.store import (
    MIN_BYTES,
    Headers,
    Page,
    Store,
    acceptable,
    is_compressible,
    names_tag,
    variants,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0  # before a page that could not be rendered is tried again
WAIT_SECONDS = 10.0  # for another thread that renders the same page
WAITS = 3  # if changes land that fast, each renders for itself
MAX_ADDRESS = 2_048  # characters; longer ones are answered and not kept
MAX_PARAMETERS = 50
UNKEPT_ADDRESSES = 1_024  # remembered, so that nobody waits for a page that can't be shared
# Random bytes in a compressed answer that is not kept: its length tells nothing of what is in it.
PADDING_BYTES = 100

# Nothing here is for everybody, or WhiteNoise and the web server know it better.
HEALTH = ("/healthz", "/readyz")
NEVER_KEPT = (
    *("/admin/", "/accounts/", "/comments/", "/drafts/", "/proof/", "/shared/", "/unlock/"),
    *HEALTH,
)

HIT = ("Cache-Status", "postil; hit")
STORED = ("Cache-Status", "postil; fwd=miss; stored")
COLLAPSED = ("Cache-Status", "postil; fwd=miss; collapsed")
STALE = ("Cache-Status", "postil; hit; detail=stale")
WARNING = ("Warning", '110 - "Response is Stale"')

DROPPED_HEADERS = frozenset({"content-length", "etag", "vary", "date", "connection"})
HARMLESS_VARY = frozenset({"cookie", "accept-encoding"})


@dataclass(slots=True)
class _Flight:
    """One thread renders; those who want the same page wait for it."""

    landed: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True)
class _Answer:
    """What Django answered, not sent yet."""

    body: Iterable[bytes]
    status: str = ""
    headers: Headers = field(default_factory=list)

    @property
    def is_failure(self) -> bool:
        """Whether it is a fault of ours, or of the database."""
        return self.status.startswith("5")

    def close(self) -> None:
        """Ends the request for Django, as a server does after the last byte."""
        close = getattr(self.body, "close", None)
        if close is not None:
            close()


@lru_cache(maxsize=256)
def _codings(header: str) -> tuple[str, ...]:
    return acceptable(header)


@lru_cache(maxsize=256)
def _is_served(host: str) -> bool:
    """Whether the settings allow `host`. Django answers the others."""
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


class PageCache:
    """A WSGI application around another: what a view marked with `cached_page` is rendered once
    and sent until something that it shows changes.
    """

    def __init__(
        self,
        application: "WSGIApplication",
        *,
        is_trusted: Callable[[str], bool],
        limit_bytes: int,
        disk: Disk | None = None,
    ) -> None:
        """`is_trusted` knows the addresses of proxies whose X-Forwarded-Proto is believed; with a
        limit of 0 nothing is kept. On `disk` go pages that a web server may send by itself.
        """
        self.application = application
        self.store = Store(limit_bytes)
        self.lookout = Lookout()
        self.disk = disk
        self._is_trusted = is_trusted
        self._static = tuple({settings.STATIC_URL, settings.MEDIA_URL})
        self._never = (*NEVER_KEPT, *self._static)
        self._parameters: dict[str, frozenset[str]] = {}
        self._unkept: OrderedDict[Hashable, None] = OrderedDict()
        self._flights: dict[Hashable, _Flight] = {}
        self._flights_lock = threading.Lock()
        self._no_rendering_until = 0.0

    # --- The way of a request --------------------------------------------------------------------

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """A finished page, or whatever the application answers."""
        if not self._may_be_kept(environ):
            return self._pass(environ, start_response)
        address = self._address(environ)
        if address is None:
            return self._pass(environ, start_response)
        self._look()
        page = self.store.find(address)
        try:
            counters = stamps.current()
            if page is None:
                is_fresh, mark = counters.compare(None, ())
            else:
                is_fresh, mark = counters.compare(page.mark, page.slots)
        except Unreachable:
            return self._without_counters(page, environ, start_response)
        if page is not None and is_fresh and page.made_at <= time() < page.ends_at:
            note = STALE if self.lookout.is_database_away else HIT
            if self.disk is not None and note is HIT:
                self._offer(self.disk, environ, page)
            return self._send(page, environ, start_response, note)
        if environ["REQUEST_METHOD"] == "HEAD":
            return self._pass(environ, start_response)
        return self._miss(address, page, mark, environ, start_response)

    def _look(self) -> None:
        """Finds out what was changed without a word, if it is time to."""
        if monotonic() >= self.lookout.next_at:
            self.lookout.look()

    def _may_be_kept(self, environ: "WSGIEnvironment") -> bool:
        """Whether a stranger asks plainly for what may be everybody's."""
        get = environ.get
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or not self.store.limit_bytes:
            return False
        cookies = get("HTTP_COOKIE")
        if cookies and self._is_private(cookies):
            return False
        return not (
            environ["PATH_INFO"].startswith(self._never)
            or get("CONTENT_LENGTH", "0") not in ("", "0")
            or "HTTP_TRANSFER_ENCODING" in environ
            or "HTTP_AUTHORIZATION" in environ
            # Caddy says in it what Host says too; nobody here listens to it.
            or get("HTTP_X_FORWARDED_HOST", get("HTTP_HOST")) != get("HTTP_HOST")
            or get("SCRIPT_NAME")
            or not _is_served(get("HTTP_HOST", ""))
        )

    def _offer(self, disk: Disk, environ: "WSGIEnvironment", page: Page) -> None:
        """Lets `disk` have a page that was asked for again, by its own address and as it is."""
        if environ["REQUEST_METHOD"] == "GET" and not environ.get("QUERY_STRING"):
            is_secure = self._is_secure(environ)
            disk.offer(environ.get("HTTP_HOST", ""), is_secure, environ["PATH_INFO"], page)

    def _is_private(self, header: str) -> bool:
        # Wrong at most in the safe direction: a name inside another name or a value counts too.
        return any(name in header for name in pages.private_cookies)

    def _address(self, environ: "WSGIEnvironment") -> Hashable | None:
        """What decides which page it is; None when it is too long to be kept."""
        path: str = environ["PATH_INFO"]
        query: str = environ.get("QUERY_STRING", "")
        if len(path) + len(query) > MAX_ADDRESS:
            return None
        is_secure = self._is_secure(environ)
        if not query:
            return is_secure, path
        names = self._parameters.get(path)
        if names is None:
            return is_secure, path, query  # the first time of this path in this process
        return self._spelled(is_secure, path, query, names)

    def _is_secure(self, environ: "WSGIEnvironment") -> bool:
        """Whether the reader came by https, as far as we or a proxy that we believe know."""
        if "HTTP_X_FORWARDED_PROTO" in environ and self._is_trusted(environ.get("REMOTE_ADDR", "")):
            return bool(environ["HTTP_X_FORWARDED_PROTO"] == "https")
        return bool(environ["wsgi.url_scheme"] == "https")

    def _spelled(
        self, is_secure: bool, path: str, query: str, names: frozenset[str]
    ) -> Hashable | None:
        """The address in one spelling: what the view listens to, in order."""
        if not names:
            return is_secure, path
        try:
            pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
        except ValueError:
            return None
        heard = {name: value for name, value in pairs if name in names}
        return (is_secure, path, *sorted(heard.items())) if heard else (is_secure, path)

    # --- Rendering -------------------------------------------------------------------------------

    def _miss(
        self,
        address: Hashable,
        old: Page | None,
        mark: Mark,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
    ) -> Iterable[bytes]:
        """The page, rendered by this thread or by one that was first."""
        if old is not None and monotonic() < self._no_rendering_until:
            return self._send(old, environ, start_response, STALE)
        if address in self._unkept:
            return self._render(address, old, mark, environ, start_response)
        for _attempt in range(WAITS):
            with self._flights_lock:
                flight = self._flights.get(address)
                is_first = flight is None
                if flight is None:
                    flight = self._flights[address] = _Flight()
            if is_first:
                try:
                    # Another thread may have been done between our look and our turn.
                    page, mark = self._landed(address, old, mark)
                    if page is not None:
                        return self._send(page, environ, start_response, COLLAPSED)
                    return self._render(address, old, mark, environ, start_response)
                finally:
                    with self._flights_lock:
                        del self._flights[address]
                    flight.landed.set()
            flight.landed.wait(WAIT_SECONDS)
            if address in self._unkept:
                break
            page, mark = self._landed(address, old, mark)
            if page is not None:
                return self._send(page, environ, start_response, COLLAPSED)
            if old is not None and monotonic() < self._no_rendering_until:
                return self._send(old, environ, start_response, STALE)
        return self._render(address, old, mark, environ, start_response)

    def _landed(self, address: Hashable, old: Page | None, mark: Mark) -> tuple[Page | None, Mark]:
        """The page that another thread has rendered meanwhile, where it will do; and the mark for
        rendering it now. What was rendered while a change landed is old for who came after it, and
        so would be what is rendered now under a mark of before.
        """
        page = self.store.find(address)
        if page is None or page is old:
            return None, mark
        try:
            is_fresh, mark = stamps.current().compare(page.mark, page.slots)
        except Unreachable:
            return None, mark
        return (page if is_fresh and time() < page.ends_at else None), mark

    def _render(
        self,
        address: Hashable,
        old: Page | None,
        mark: Mark,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
    ) -> Iterable[bytes]:
        """What the application answers, kept if its view said so; the old page where it fails."""
        ticket = environ[pages.TICKET] = pages.Ticket(mark)
        # The view is shown none of these: the page is everybody's.
        asked: dict[str, Any] = {
            name: environ[name]
            for name in ("HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH", "QUERY_STRING")
            if name in environ
        }
        path: str = environ["PATH_INFO"]
        made_at = time()
        try:
            answer = self._ask(environ)
        except Exception:
            if old is None:
                raise
            logger.exception("A page could not be rendered; its last version is sent.")
            self._no_rendering_until = monotonic() + PAUSE_SECONDS
            return self._send(old, {**environ, **asked}, start_response, STALE)
        if answer.is_failure and old is not None:
            answer.close()
            self._no_rendering_until = monotonic() + PAUSE_SECONDS
            return self._send(old, {**environ, **asked}, start_response, STALE)
        page = self._page(answer, ticket, made_at)
        if page is None:
            self._remember_unkept(address)
            return self._finish(answer, {**environ, **asked}, start_response)
        answer.close()
        self._unkept.pop(address, None)
        assert ticket.parameters is not None
        spelled = self._spelled_again(address, path, asked, ticket.parameters)
        if spelled is not None:
            self.store.keep(spelled, page)
        return self._send(page, {**environ, **asked}, start_response, STORED)

    def _spelled_again(
        self, address: Hashable, path: str, asked: dict[str, Any], parameters: frozenset[str]
    ) -> Hashable | None:
        """The address under which the page is kept, now that its parameters are known."""
        query = asked.get("QUERY_STRING", "")
        if not query:
            return address
        if len(self._parameters) > UNKEPT_ADDRESSES:
            self._parameters.clear()
        self._parameters[path] = parameters
        assert isinstance(address, tuple)
        return self._spelled(address[0], path, query, parameters)

    def _remember_unkept(self, address: Hashable) -> None:
        self._unkept[address] = None
        while len(self._unkept) > UNKEPT_ADDRESSES:
            try:
                self._unkept.popitem(last=False)
            except KeyError:  # another thread was faster
                break

    def _ask(self, environ: "WSGIEnvironment") -> _Answer:
        """Runs the application and holds back what it says."""
        answer = _Answer(())
        if self.store.limit_bytes and self.lookout.is_watching:
            environ[pages.WATCHED] = True

        def start(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], object]:
            answer.status, answer.headers = status, headers
            return _no_writing

        answer.body = self.application(environ, start)
        return answer

    def _page(self, answer: _Answer, ticket: pages.Ticket, made_at: float) -> Page | None:
        """The answer as a page to keep; None when it is not meant for everybody."""
        if ticket.parameters is None or answer.status[:3] not in ("200", "301"):
            return None
        named = {name.lower(): value.lower() for name, value in answer.headers}
        vary = {part.strip() for part in named.get("vary", "").split(",")} - {""}
        control = named.get("cache-control", "")
        response = answer.body
        if (
            not isinstance(response, HttpResponse)
            or "set-cookie" in named
            or "content-encoding" in named
            or "private" in control
            or "no-store" in control
            or not vary <= HARMLESS_VARY
        ):
            return None
        headers = [pair for pair in answer.headers if pair[0].lower() not in DROPPED_HEADERS]
        return Page(
            status=answer.status,
            variants=variants(headers, response.content, as_files=self.disk is not None),
            mark=ticket.mark,
            slots=slots_of(ticket.keys),
            made_at=made_at,
            ends_at=ticket.ends_at,
            modified_at=parse_http_date_safe(response.headers.get("Last-Modified", "")),
        )

    # --- Sending ---------------------------------------------------------------------------------

    def _send(
        self,
        page: Page,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
        note: tuple[str, str],
    ) -> Iterable[bytes]:
        """The page in the best encoding, or 304."""
        found = page.variants
        for coding in _codings(environ.get("HTTP_ACCEPT_ENCODING", "")):
            if coding in found:
                break
        variant = found[coding]
        notes = [note, WARNING] if note is STALE else [note]
        known = environ.get("HTTP_IF_NONE_MATCH")
        if known is None:
            is_known = _is_since(environ.get("HTTP_IF_MODIFIED_SINCE"), page)
        else:
            is_known = known == variant.etag or names_tag(known, [variant.etag])
        if is_known:
            start_response("304 Not Modified", variant.headers_304 + notes)
            return []
        start_response(page.status, variant.headers + notes)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [variant.body]

    def _pass(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """What the application answers, as it is but for its size."""
        path = environ.get("PATH_INFO", "")
        if path.startswith(self._static):
            return self.application(environ, start_response)
        # A proxy asks for health just when the database may be away: that must not wait for it.
        if self.store.limit_bytes and not path.startswith(HEALTH):
            self._look()
        return self._finish(self._ask(environ), environ, start_response)

    def _finish(
        self, answer: _Answer, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Sends an answer that is not kept, with gzip where that helps.

        It may hold a secret beside what a stranger chose, so its length is blurred.
        """
        response = answer.body
        headers = answer.headers
        named = {name.lower(): value for name, value in headers}
        if (
            isinstance(response, HttpResponse)
            and len(response.content) >= MIN_BYTES
            and "content-encoding" not in named
            and is_compressible(named.get("content-type", ""))
        ):
            headers = _varying(headers)
            if "gzip" in _codings(environ.get("HTTP_ACCEPT_ENCODING", "")):
                body = compress_string(response.content, max_random_bytes=PADDING_BYTES)
                headers = _compressed(headers, len(body))
                answer.close()
                start_response(answer.status, headers)
                return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
        start_response(answer.status, headers)
        return response

    def _without_counters(
        self, page: Page | None, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Nobody can say whether `page` is fresh: it is rendered, and sent where that fails."""
        if page is None or environ["REQUEST_METHOD"] == "HEAD":
            return self._pass(environ, start_response)
        if monotonic() < self._no_rendering_until:
            return self._send(page, environ, start_response, STALE)
        answer = self._ask(environ)
        if answer.is_failure:
            answer.close()
            self._no_rendering_until = monotonic() + PAUSE_SECONDS
            return self._send(page, environ, start_response, STALE)
        return self._finish(answer, environ, start_response)

    def close(self) -> None:
        """Closes the connection that looks for changes; the next look opens another."""
        self.lookout.close()


def _is_since(asked: str | None, page: Page) -> bool:
    """Whether who names that moment has the page; it is asked only of who names no tag.

    Source: RFC 9110, section 13.1.3.
    """
    if asked is None or page.modified_at is None:
        return False
    since = parse_http_date_safe(asked)
    return since is not None and page.modified_at <= since


def _no_writing(data: bytes) -> object:
    raise NotImplementedError("Django answers with a response, never by writing.")


def _varying(headers: Headers) -> Headers:
    """`headers` with Accept-Encoding in Vary."""
    rest = [pair for pair in headers if pair[0].lower() != "vary"]
    vary = [value for name, value in headers if name.lower() == "vary"]
    return [*rest, ("Vary", ", ".join([*vary, "Accept-Encoding"]))]


def _compressed(headers: Headers, length: int) -> Headers:
    """`headers` of a body that is now gzip; a strong ETag named other bytes."""
    kept: Headers = []
    for name, value in headers:
        if name.lower() == "etag" and not value.startswith("W/"):
            value = f"W/{value}"
        if name.lower() != "content-length":
            kept.append((name, value))
    return [*kept, ("Content-Encoding", "gzip"), ("Content-Length", str(length))]
