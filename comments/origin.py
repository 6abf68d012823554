"""Where a form was sent from: our own pages, or another site's."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import get_callable
from django.views.decorators.csrf import csrf_exempt, csrf_protect

View = Callable[..., HttpResponse]


def from_this_site(view: View) -> View:
    """Refuses unsafe requests that another site made.

    A person with a session needs Django's token. Public pages are the same bytes for everybody and
    so carry none: without a session the browser's own Origin and Sec-Fetch-Site decide. A browser
    that says neither also keeps a guest's cookie to itself, which is SameSite.
    """
    guarded = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            return guarded(request, *args, **kwargs)
        if request.method not in {"GET", "HEAD", "OPTIONS"} and not _is_same_origin(request):
            refuse: View = get_callable(settings.CSRF_FAILURE_VIEW)
            return refuse(request, reason="origin")
        return view(request, *args, **kwargs)

    return wrapper


def _is_same_origin(request: HttpRequest) -> bool:
    if request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
        return False
    stated = request.headers.get("Origin") or request.headers.get("Referer")
    if not stated:
        return True
    if stated == "null":
        return False
    try:
        origin = urlsplit(stated)
    except ValueError:
        return False
    return origin.netloc == request.get_host() and origin.scheme == request.scheme
