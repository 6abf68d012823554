"""Error pages that stand alone: none needs POST data, a session or the database to be shown."""

import logging
import sys

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.template import loader
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5


def typed_text(request: HttpRequest) -> str:
    """What the visitor typed into the comment field, or nothing when the body can't be read."""
    if request.method != "POST":
        return ""
    try:
        return request.POST.get("comment", "")
    except (SuspiciousOperation, RequestDataTooBig, UnreadablePostError, ValueError, LookupError):
        return ""


def page(
    request: HttpRequest, *, status: int, title: str, sentence: str, text: str = ""
) -> HttpResponse:
    """A page of its own with a heading, a sentence, and the typed text to take along."""
    context = {"status": status, "title": title, "sentence": sentence, "text": text}
    response = HttpResponse(loader.render_to_string("error.html", context), status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: what was sent can't be read. Never looks at the body again: it may be what failed."""
    return page(
        request,
        status=400,
        title=_("This request can't be read"),
        sentence=_("Please go back, reload the page and try again."),
    )


def too_long(request: HttpRequest) -> HttpResponse:
    """414: an address longer than any of ours."""
    return page(
        request,
        status=414,
        title=_("This address is too long"),
        sentence=_("Please go back and follow a shorter link."),
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: known, and not allowed."""
    return page(
        request,
        status=403,
        title=_("This is not open to you"),
        sentence=_("Log in with an account that may do this, or go back to the blog."),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that did not come from this site, with the text that was typed."""
    return page(
        request,
        status=403,
        title=_("This form did not come from this site"),
        sentence=_(
            "It may be from an old tab, or cookies are switched off. "
            "Reload the page you came from and send it once more."
        ),
        text=typed_text(request),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a mistake of ours; nothing of it is shown. 503 when the database went away under one of
    the middlewares: Django makes an answer of what each of them raises, so no other hears of it.
    """
    error = sys.exception()
    if error is not None and is_database_away(error):
        return unavailable(request, error)
    return page(
        request,
        status=500,
        title=_("Something went wrong on our side"),
        sentence=_("It has been written down. Please try again in a moment."),
        text=typed_text(request),
    )


def is_database_away(error: BaseException) -> bool:
    """Whether `error` says that the database can't be reached, or is too busy.

    Of a connection that is lost in the middle of an answer psycopg2 says no more than
    DatabaseError: the server had no time to name a reason.
    """
    return isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError


def unavailable(request: HttpRequest, error: BaseException) -> HttpResponse:
    """503: the database can't be reached or is busy; says when to come back, keeps the text."""
    logger.error("Database unavailable: %s", type(error).__name__, exc_info=error)
    response = page(
        request,
        status=503,
        title=_("Not now, please"),
        sentence=_("The blog can't save or read anything for a moment. Please try again shortly."),
        text=typed_text(request),
    )
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
