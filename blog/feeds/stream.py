"""The feeds of posts: all, by label, by words."""

from dataclasses import replace
from urllib.parse import quote

from django.db.models.functions import Greatest
from django.http import Http404, HttpRequest, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from blog import addresses, images, labelling, markup, pagecache, search
from blog.choices import FeedContent
from blog.feeds.asking import PARAMETERS, Question, refusable
from blog.feeds.documents import (
    Entry,
    Feed,
    Format,
    Replies,
    absolute_html,
    answer,
    joined,
    language_tag,
)
from blog.models import Author, Label, Post, SiteProfile

EXCERPT_LENGTH = 400  # characters of a post in a short feed: Blogger's measure

ALIASES = {Format.ATOM: "/atom.xml", Format.RSS: "/rss.xml", Format.JSON: "/feed.json"}


@require_safe
@pagecache.cached_page(*PARAMETERS)
@refusable
def posts(
    request: HttpRequest, names: str = "", format: str = "", content: str = "", author: str = ""
) -> HttpResponseBase:
    """The newest live posts; with `names`, those that carry all the labels of the path, and with
    `author` those of one. 404 for a label that no live post carries, and an author without one; a
    name that a label had before redirects. At most four queries.
    """
    profile = SiteProfile.current()
    question = Question.read(request.GET, zone=profile.zone, format=format)
    try:
        labels = labels_named(names) if names else []
    except Http404:
        if (now_called := renamed(names)) is None:
            raise
        return HttpResponsePermanentRedirect(question.url(feed_path(now_called)))
    writer = get_object_or_404(Author.objects.with_live_posts(), slug=author) if author else None
    is_short = FeedContent.SHORT in (content, profile.feed_content)
    found = search.matching_posts(question.words) if question.words else Post.objects.live()
    if writer is not None:
        found = found.filter(author=writer)
    page = question.page(
        found.posts().labelled(*labels).for_cards(),
        published="publish_at",
        updated=Greatest("updated_at", "publish_at"),
    )
    if question.is_by_place:
        for post in page.rows:
            pagecache.shows(
                request, pagecache.keys.post(post.pk), pagecache.keys.discussion(post.pk)
            )
    path = ALIASES[question.format] if question.is_alias else feed_path(labels, content=content)
    path = writer.feed_url if writer else path
    feed = Feed(
        id=feed_id(profile, labels, question.words, writer),
        title=feed_title(profile, labels, writer),
        subtitle=profile.tagline,
        language=language_tag(profile.language),
        page_url=addresses.absolute(
            writer.get_absolute_url() if writer else page_path(labels, question.words)
        ),
        url=question.url(path),
        hub_url="" if labels or question.words else profile.hub_url,
        first_url=question.first_url(path),
        last_url=question.last_url(path, total=page.total),
        previous_url=question.previous_url(path),
        next_url=question.next_url(path, total=page.total),
        label_scheme=f"tag:{profile.tag_authority}:label",
        total=page.total,
        start=question.start,
        size=question.size,
        entries=tuple(entry(post, profile, is_short=is_short) for post in page.rows),
    )
    return answer(request, feed, question.format)


def labels_named(names: str) -> list[Label]:
    """The labels of a feed's path, by name: the whole is one label when there is such a one,
    otherwise every part between slashes is. One query.

    Raises:
        Http404: one of them stands under no live post; a draft's label is nobody's business.
    """
    if "\0" in names:
        raise Http404
    parts = set(names.strip("/").split("/"))
    live = Post.objects.live().posts()
    found = {
        label.name: label
        for label in Label.objects.filter(name__in={names, *parts}, posts__in=live).distinct()
    }
    if names in found:
        return [found[names]]
    if not parts <= set(found):
        raise Http404
    return [found[name] for name in sorted(parts)]


def renamed(names: str) -> list[Label] | None:
    """The labels of a feed's path as they are called now; None when one of them is unknown, or
    none had another name.
    """
    if "\0" in names:
        return None
    now_called: dict[str, Label] = {}
    is_renamed = False
    for name in [names] if labelling.named(names) else names.strip("/").split("/"):
        label = Label.objects.in_use().filter(name=name).first()
        if label is None:
            label, is_renamed = labelling.named(name), True
        if label is None:
            return None
        now_called[label.name] = label
    return [now_called[name] for name in sorted(now_called)] if is_renamed else None


def feed_path(labels: list[Label], *, content: str = "") -> str:
    """Where the feed of `labels` is, in one spelling whatever their order."""
    if labels:
        return "/".join([labels[0].feed_url, *(quote(label.name, safe="") for label in labels[1:])])
    return "/feeds/posts/summary" if content else "/feeds/posts/default"


def page_path(labels: list[Label], words: str) -> str:
    """The page that shows the same posts, as near as there is one."""
    if len(labels) == 1 and not words:
        return labels[0].get_absolute_url()
    return addresses.search(words) if words and not labels else "/"


def feed_id(
    profile: SiteProfile, labels: list[Label], words: str, author: Author | None = None
) -> str:
    """An RFC 4151 id: the same for every format and page, and after the blog has moved."""
    parts = [f"tag:{profile.tag_authority}:feed"]
    if author is not None:
        parts = [f"tag:{profile.tag_authority}:author", quote(author.slug)]
    parts += [quote(label.name, safe="") for label in labels]
    return "/".join(parts) + (f"?q={quote(words)}" if words else "")


def feed_title(profile: SiteProfile, labels: list[Label], author: Author | None = None) -> str:
    """The blog's title, with the author or the labels behind it."""
    if author is not None:
        return _("%(blog)s: %(labels)s") % {"blog": profile.title, "labels": author.name}
    if not labels:
        return profile.title
    names = ", ".join(label.name for label in labels)
    return _("%(blog)s: %(labels)s") % {"blog": profile.title, "labels": names}


def entry(post: Post, profile: SiteProfile, *, is_short: bool) -> Entry:
    """What a feed says of `post`, whole or as an excerpt. No query with for_cards()."""
    assert post.publish_at is not None
    url = addresses.absolute(post.get_absolute_url())
    has_feed = post.shows_comments and profile.has_post_comment_feeds
    html = images.sized(post.body_html, post.pictures)
    picture = markup.first_picture(html)
    if is_short:
        before_more, _has_more = markup.split_more(html)
        summary = markup.excerpt(before_more, length=EXCERPT_LENGTH)
    else:
        # Beside the whole text an excerpt of it would say nothing new, and cost most of the time.
        summary = post.description
    return Entry(
        id=post.entry_id,
        url=url,
        title=str(post),
        author_name=post.author.name,
        language=post.language_code,
        published_at=post.publish_at,
        updated_at=post.feed_updated_at,  # type: ignore[attr-defined]
        content_html=None if is_short else absolute_html(html, base=url),
        summary=summary,
        labels=tuple(label.name for label in post.labels.all()),
        replies=Replies(
            addresses.absolute(post.feed_path), post.comment_count, post.last_comment_at
        )
        if has_feed
        else None,
        reply_count=post.comment_count if post.shows_comments else None,
        picture=replace(picture, source=joined(url, picture.source)) if picture else None,
    )
