"""The page of one post, and what stands in its place: a redirect, a question, an end."""

from collections.abc import Iterable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.template.response import TemplateResponse

from blog import pagecache, private
from blog.models import OldAddress, Post, PostQuerySet, ProofLink, SiteProfile

RELATED_SHOWN = 3  # posts that share labels, below a post


def show_posts(request: HttpRequest, posts: Iterable[Post]) -> None:
    """Says that the page shows the texts of `posts` and how many comments each has."""
    for post in posts:
        pagecache.shows(request, pagecache.keys.post(post.pk), pagecache.keys.discussion(post.pk))


def render_post(
    request: HttpRequest, found: Post, *, proof: ProofLink | None = None
) -> HttpResponse:
    """The page of one post; as its proof-reader sees it when that is whose link it is."""
    live = Post.objects.live()
    ways = live.ways_from(found)
    related = [] if found.is_page else live.posts().related_to(found, limit=RELATED_SHOWN)
    show_posts(request, [found])
    for linked in filter(None, (ways.newer, ways.older, *ways.translations, *related)):
        pagecache.shows(request, pagecache.keys.post(linked.pk))
    context = {
        "post": found,
        "newer": ways.newer,
        "older": ways.older,
        "translations": ways.translations,
        "related": related,
        "canonical": "" if proof or found.is_private else found.get_absolute_url(),
        "feed_url": "",
        "comments_feed": _comments_feed(found),
        "proof": proof,
    }
    response = TemplateResponse(request, "blog/post_detail.html", context)
    if proof is not None or not found.is_live:
        keep_secret(response)
    elif not found.is_searchable:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def _comments_feed(post: Post) -> str:
    """Where the feed of the comments on `post` is; empty while there is none."""
    has_feed = SiteProfile.current().has_post_comment_feeds and post.shows_comments
    return post.feed_path if has_feed and post.is_live else ""


def keep_secret(response: HttpResponse) -> None:
    """Tells robots, caches and the next page to know nothing of this one."""
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "same-origin"


def instead(request: HttpRequest, posts: PostQuerySet, path: str) -> HttpResponse:
    """What stands at `path`, where `posts` are the texts that have that address, for who may not
    simply read them: the text itself for who knew its password, the question for it, 410 for what
    is over, or one redirect to where a text is now. At most four queries.

    Raises:
        Http404: there is and was nothing for readers.
    """
    locked = posts.locked().for_page().first()
    if locked is not None:
        if private.is_unlocked(request, locked):
            return render_post(request, locked)
        return ask_password(request, locked)
    if posts.gone().exists():
        return gone(request)
    return moved(request, path)


def ask_password(
    request: HttpRequest, post: Post, *, trouble: str = "", status: int = 200
) -> HttpResponse:
    """The question for the password of `post`, which tells nothing else of it."""
    context = {"unlock_key": post.pk, "trouble": trouble}
    response = TemplateResponse(request, "blog/locked.html", context, status=status)
    keep_secret(response)
    return response


def gone(request: HttpRequest) -> HttpResponse:
    """410: what was here is no longer."""
    response = TemplateResponse(request, "blog/gone.html", status=410)
    response.headers["Cache-Control"] = "no-cache"
    return response


def moved(request: HttpRequest, path: str) -> HttpResponse:
    """One permanent redirect to the text that had `path` before, 410 when that is over.

    Raises:
        Http404: none had.
    """
    old = OldAddress.objects.filter(path=path).select_related("post").first()
    if old is None:
        raise Http404
    now = Post.objects.filter(pk=old.post_id)
    if now.addressed().exists():
        return HttpResponsePermanentRedirect(old.post.get_absolute_url())
    if now.gone().exists():
        return gone(request)
    raise Http404
