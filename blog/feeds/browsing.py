"""A browser that opens a feed gets a page about it; programs that read feeds get the feed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from blog.feeds.documents import FOR_PEOPLE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FEEDS = ("/feeds/", "/atom.xml", "/rss.xml", "/feed.json")


class FeedsForPeople:
    """A WSGI application around another that asks for `?as=page` where a person does: so the page
    has an address of its own for whoever keeps pages.

    A browser says `Sec-Fetch-Dest: document` when somebody follows a link or types an address, and
    nothing else does. Whoever has asked for a format gets it.

    Source: W3C, Fetch Metadata Request Headers, section 2.1.
    """

    def __init__(self, application: WSGIApplication) -> None:
        """`application` answers."""
        self.application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """What the application answers."""
        if (
            environ.get("HTTP_SEC_FETCH_DEST") == "document"
            and environ["PATH_INFO"].startswith(FEEDS)
            and not {"alt", "as"} & parse_qs(environ.get("QUERY_STRING", "")).keys()
        ):
            query = environ.get("QUERY_STRING", "")
            environ["QUERY_STRING"] = f"{query}&as={FOR_PEOPLE}" if query else f"as={FOR_PEOPLE}"
        return self.application(environ, start_response)
