"""Who sends a request: a member, a guest known by a cookie, or nobody in particular."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from comments import links
from comments.models import Guest

COOKIE_NAME = "__Host-guest" if settings.IS_HTTPS else "guest"
COOKIE_AGE = timedelta(days=365)


def known_guest(request: HttpRequest) -> Guest | None:
    """The guest whose confirmed address this browser has shown. One query with the cookie, none
    without.
    """
    token = request.COOKIES.get(COOKIE_NAME)
    if not token or request.user.is_authenticated:
        return None
    try:
        key, _dot, version = links.read(links.Purpose.GUEST, token).partition(".")
    except (links.Expired, links.Forged):
        return None
    if not (key.isdigit() and version.isdigit()):
        return None
    return Guest.objects.filter(pk=key, token_version=version, verified_at__isnull=False).first()


def remember(response: HttpResponse, guest: Guest) -> None:
    """Makes the browser of `response` known as `guest` for a year."""
    response.set_cookie(
        COOKIE_NAME,
        links.make(links.Purpose.GUEST, f"{guest.pk}.{guest.token_version}"),
        max_age=COOKIE_AGE,
        secure=settings.IS_HTTPS,
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponse) -> None:
    """Makes the browser of `response` nobody in particular again."""
    response.delete_cookie(COOKIE_NAME, samesite="Lax")
