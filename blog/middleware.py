"""Each request knows the blog it serves: its words, its days."""

from collections.abc import Callable
from copy import copy

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from blog.models import SiteProfile
from blog.pagecache import remembered

# Answered before anything else is known, so that they still answer when nothing is.
NEEDS_NO_PROFILE = ("/healthz", "/readyz")


class SiteProfileMiddleware:
    """Reads the site profile once per request and speaks its language, in its time zone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keeps what comes after."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, with the profile fixed while it is made. One query, none when nothing of it
        has changed.
        """
        if request.path in NEEDS_NO_PROFILE:
            return self.get_response(request)
        SiteProfile.remember(None)
        # A copy: whoever changes the profile of his request changes that of no other.
        profile = copy(remembered(request, "profile", SiteProfile.current))
        SiteProfile.remember(profile)
        try:
            with translation.override(profile.language), timezone.override(profile.zone):
                response = self.get_response(request)
                response.headers.setdefault("Content-Language", translation.get_language() or "en")
                return response
        finally:
            SiteProfile.remember(None)
