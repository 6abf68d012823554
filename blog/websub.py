"""Tells a hub that the feeds have news: whoever follows through it hears of them at once."""

import http.client
import logging
import urllib.request
from datetime import timedelta
from urllib.parse import urlencode

from django.utils import timezone

from blog import addresses, pagecache
from blog.models import Post, SiteProfile

TIMEOUT_SECONDS = 5
PAUSE = timedelta(minutes=5)  # before a hub that did not answer is asked again
USER_AGENT = "Postil (WebSub)"
TOPICS = ("/feeds/posts/default", "/atom.xml", "/feeds/posts/default?alt=rss", "/rss.xml")

logger = logging.getLogger(__name__)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The owner named one address: nothing leads on from it."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        """Follows nothing."""


_opener = urllib.request.build_opener(_NoRedirect)


def ping_due() -> bool:
    """Pings the hub when a post has appeared since it was told last; whether it was told now.

    Two queries, one without a hub. A hub that fails is asked again after PAUSE; nothing waits for
    it but this round of the background part.

    Source: W3C WebSub, section 5; the parameters are those of PubSubHubbub 0.4, section 7.
    """
    profile = SiteProfile.objects.filter(pk=1).exclude(hub_url="").first()
    if profile is None:
        return False
    now = timezone.now()
    newest = Post.objects.live().posts().newest_first().values_list("publish_at", flat=True)
    newest_at = newest.first()
    is_told = newest_at is None or (profile.hub_told_until or newest_at - PAUSE) >= newest_at
    if is_told or (profile.hub_asked_at is not None and profile.hub_asked_at > now - PAUSE):
        return False
    is_heard = _ping(profile.hub_url)
    told_until = newest_at if is_heard else profile.hub_told_until
    # No page shows these columns.
    with pagecache.touches():
        SiteProfile.objects.filter(pk=1).update(
            hub_asked_at=None if is_heard else now, hub_told_until=told_until
        )
    return is_heard


def _ping(hub_url: str) -> bool:
    """Whether the hub took the news."""
    topics = [("hub.url", addresses.absolute(path)) for path in TOPICS]
    request = urllib.request.Request(  # noqa: S310 (the form takes http and https only)
        hub_url,
        data=urlencode([("hub.mode", "publish"), *topics]).encode(),
        headers={"User-Agent": USER_AGENT},
    )
    try:
        with _opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            status: int = answer.status
            return 200 <= status < 300
    # HTTPException: what answered speaks no HTTP.
    except (OSError, ValueError, http.client.HTTPException) as error:
        logger.warning("The hub %s could not be told of a new post: %s", hub_url, error)
        return False
