"""What authors and commenters write, turned into HTML that is safe to show, and into plain text.

The one door for text: posts and pages go through `render`, comments through `render_comment`;
both answers are clean, whatever went in, and are stored beside `FORMAT_VERSION`. Everything else
here reads that stored HTML (`plain_text`, `excerpt`, `split_more`, `first_picture`, `headings`,
`outline`) or prepares words for search and addresses (`fold`, `word_count`, `slugify`). No
database, no settings.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from blog.markup.alike import authored, differences
from blog.markup.clean import clean_comment, clean_post, settled, without_controls
from blog.markup.markdown import comment_html, post_html
from blog.markup.outline import Outline, outline
from blog.markup.slugs import FALLBACK as NO_SLUG
from blog.markup.slugs import slug_proposals, slugify
from blog.markup.text import (
    Heading,
    Picture,
    cut_at,
    excerpt,
    first_picture,
    fold,
    headings,
    image_sources,
    plain_text,
    reading_minutes,
    split_more,
    word_count,
)
from blog.markup.to_markdown import markdown_of

__all__ = [
    "FORMAT_VERSION",
    "MAX_SOURCE_CHARS",
    "NO_SLUG",
    "Heading",
    "Outline",
    "Picture",
    "SourceTooLong",
    "authored",
    "cut_at",
    "differences",
    "excerpt",
    "first_picture",
    "fold",
    "headings",
    "image_sources",
    "markdown_of",
    "outline",
    "plain_text",
    "reading_minutes",
    "render",
    "render_comment",
    "slug_proposals",
    "slugify",
    "split_more",
    "word_count",
]

FORMAT_VERSION = 3  # one more whenever the same source would give other HTML

MAX_SOURCE_CHARS = 1_000_000  # a long novel chapter has 50,000; beyond this it is no post


class SourceTooLong(ValueError):
    """The source has more than `MAX_SOURCE_CHARS` characters; nothing was cut, nothing was made."""

    def __init__(self) -> None:
        super().__init__(_("This text is too long: one million characters are the limit."))


def render(source: str, *, markup: str, line_breaks: bool = False) -> str:
    """Clean HTML of a post or page written in `markup`, "markdown" or "html".

    Markdown is CommonMark with tables, strikethrough, footnotes, task lists, bare addresses as
    links and coloured code; HTML inside it obeys the same allow-list as HTML alone.
    `line_breaks` keeps the line ends of an HTML source, as some Blogger bodies expect.
    The author's read-more mark becomes `<a id="more"></a>`; every other id starts with "s-".

    Raises:
        SourceTooLong: more than `MAX_SOURCE_CHARS`.
        ValueError: another `markup`.
    """
    if len(source) > MAX_SOURCE_CHARS:
        raise SourceTooLong
    text = without_controls(source)
    if markup == "markdown":
        return clean_post(post_html(text))
    if markup == "html":
        return clean_post(text, line_breaks=line_breaks)
    raise ValueError(f"No such markup: {markup!r}")


def render_comment(source: str) -> str:
    """Clean HTML of a comment: emphasis, links, quotes, lists, code; everything else as text.

    A line end is a line break. Links are http, https or mailto and say `ugc nofollow noopener`.

    Raises:
        SourceTooLong: more than `MAX_SOURCE_CHARS`; the form has a much lower limit of its own.
    """
    if len(source) > MAX_SOURCE_CHARS:
        raise SourceTooLong
    text = settled(without_controls(source))
    return clean_comment(comment_html(text))
