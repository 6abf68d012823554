"""What every answer of this site has in common: who is believed, what a page may load, and words
when the database is away.
"""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from blog.pagecache.pages import PUBLIC
from config import errors

GetResponse = Callable[[HttpRequest], HttpResponse]

FORWARDED_HEADERS = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")


def is_trusted(address: str) -> bool:
    """Whether `address` is a proxy that TRUSTED_PROXIES names. A unix socket has no address and
    counts as trusted when any proxy is named.
    """
    if not settings.TRUSTED_PROXIES:
        return False
    if not address:
        return True
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return any(parsed in network for network in settings.TRUSTED_PROXIES)


def trusted_proxies(get_response: GetResponse) -> GetResponse:
    """Makes REMOTE_ADDR the visitor's: what strangers say of themselves is dropped."""

    def middleware(request: HttpRequest) -> HttpResponse:
        meta = request.META
        if is_trusted(meta.get("REMOTE_ADDR", "")):
            # Read from the right: each proxy adds the address it saw, the rest is hearsay.
            for address in reversed(meta.get("HTTP_X_FORWARDED_FOR", "").split(",")):
                try:
                    meta["REMOTE_ADDR"] = str(ipaddress.ip_address(address.strip()))
                except ValueError:
                    break
                if not is_trusted(meta["REMOTE_ADDR"]):
                    break
        else:
            for header in FORWARDED_HEADERS:
                meta.pop(header, None)
        return get_response(request)

    return middleware


METHODS = ("GET", "HEAD", "POST", "OPTIONS")
MAX_ADDRESS_BYTES = 8_000


def sensible_requests(get_response: GetResponse) -> GetResponse:
    """Turns away what nobody here could answer: 405 for a method that no page knows, 414 for an
    endless address, 400 for an address with a NUL in it, which PostgreSQL can't even look for.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        if len(request.path_info) + len(request.META.get("QUERY_STRING", "")) > MAX_ADDRESS_BYTES:
            return errors.too_long(request)
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return errors.bad_request(request)
        return get_response(request)

    return middleware


def policy_text(policy: dict[str, list[str]]) -> str:
    """The header's value for `policy`, in the order it was written."""
    return "; ".join(" ".join([name, *sources]) for name, sources in policy.items())


def permissions_text() -> str:
    """The header's value for PERMISSIONS_POLICY."""
    return ", ".join(f"{name}=()" for name in settings.PERMISSIONS_POLICY)


def security_policies(get_response: GetResponse) -> GetResponse:
    """Adds the Content-Security-Policy and the Permissions-Policy to every answer.

    A view that needs another policy sets the header itself. Deleted when Django 6.2's own
    middleware reads SECURE_CSP.
    """
    csp = policy_text(settings.SECURE_CSP)
    permissions = permissions_text()

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", csp)
        response.headers.setdefault("Permissions-Policy", permissions)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return middleware


def page_headers() -> list[tuple[str, str]]:
    """What goes with every public page of the blog, but for its language: what a web server that
    sends pages by itself has to be told (`docs/serving/`).
    """
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", PUBLIC),
        ("X-Frame-Options", settings.X_FRAME_OPTIONS),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", settings.SECURE_REFERRER_POLICY),
        ("Cross-Origin-Opener-Policy", settings.SECURE_CROSS_ORIGIN_OPENER_POLICY),
        ("Content-Security-Policy", policy_text(settings.SECURE_CSP)),
        ("Permissions-Policy", permissions_text()),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ]
    if settings.SECURE_HSTS_SECONDS:
        hsts = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"
        headers.append(("Strict-Transport-Security", hsts))
    return headers


class DatabaseAway:
    """Answers 503 with words, and when to come back, while the database can't be reached."""

    def __init__(self, get_response: GetResponse) -> None:
        """Keeps what comes after."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer. Of a database that is lost in a later middleware Django makes a response
        before it gets here: `errors.server_error` is asked for it.
        """
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A lost database in a view."""
        if errors.is_database_away(error):
            return errors.unavailable(request, error)
        return None


database_away = DatabaseAway
