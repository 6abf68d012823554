"""The sanitiser: what may stand in a post and in a comment, decided by allow-lists.

`nh3` has the last word on every string that leaves here. The classes, ids and numbers an
attribute may hold are decided in one filter, because nh3 0.3 refuses a tag that has `class` both
among its attributes and in its own list of classes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import nh3

from blog.markup.anchors import MORE_ID
from blog.markup.reshape import OLD_CLASSES, reshape
from blog.markup.tree import parse, serialise
from blog.markup.values import attribute_value, is_known_class

BLOCKS: Final = {
    "address", "article", "aside", "blockquote", "caption", "col", "colgroup", "dd", "details",
    "div", "dl", "dt", "figcaption", "figure", "footer", "h2", "h3", "h4", "h5", "h6", "header",
    "hr", "li", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "ul",
}  # fmt: skip
INLINES: Final = {
    "a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd",
    "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "time",
    "u", "var", "wbr",
}  # fmt: skip
MEDIA: Final = {"audio", "img", "source", "track", "video"}

# Never shown, so their text must not surface as if the author had written it.
DROPPED_WHOLE: Final = {
    "applet", "button", "embed", "math", "noembed", "noframes", "noscript", "object", "script",
    "select", "style", "svg", "template", "textarea", "title", "xmp",
}  # fmt: skip

# No srcset: the media library makes its own, and addresses in it would escape the scheme check.
POST_ATTRIBUTES: Final[dict[str, set[str]]] = {
    "*": {"class", "dir", "id", "lang", "title"},
    "a": {"href", "hreflang", "rel"},
    "audio": {"controls", "loop", "muted", "preload", "src"},
    "blockquote": {"cite"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"cite", "datetime"},
    "details": {"open"},
    "img": {"alt", "decoding", "height", "loading", "src", "width"},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"reversed", "start", "type"},
    "pre": {"tabindex"},
    "q": {"cite"},
    "source": {"src", "type"},
    "table": {"tabindex"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
    "track": {"default", "kind", "label", "src", "srclang"},
    "video": {
        "controls", "height", "loop", "muted", "playsinline", "poster", "preload", "src", "width",
    },
}  # fmt: skip

# Only for the first pass: read by `reshape`, which turns them into something allowed.
OLD_TAGS: Final = {"acronym", "center", "h1", "iframe", "strike", "tt"}
OLD_ATTRIBUTES: Final[dict[str, set[str]]] = {
    "*": {"align", "style"},
    "a": {"name"},
    "iframe": {"src", "title"},
}

COMMENT_TAGS: Final = {
    "a", "blockquote", "br", "code", "em", "li", "ol", "p", "pre", "span", "strong", "ul",
}  # fmt: skip
COMMENT_ATTRIBUTES: Final[dict[str, set[str]]] = {
    "*": set(),  # without it nh3 allows lang and title everywhere
    "a": {"href"},
    "blockquote": {"dir"},
    "code": {"class"},
    "li": {"dir"},
    "ol": {"dir", "start"},
    "p": {"dir"},
    "pre": {"dir", "tabindex"},
    "span": {"class"},
    "ul": {"dir"},
}


def _old_value(tag: str, name: str, value: str) -> str | None:
    """As `attribute_value`, with what `reshape` wants to see besides."""
    if name == "class":
        words = (word for word in value.split() if word in OLD_CLASSES or is_known_class(word))
        return " ".join(words) or None
    return value if name == "id" else attribute_value(tag, name, value)


_FIRST_PASS = nh3.Cleaner(
    tags=BLOCKS | INLINES | MEDIA | OLD_TAGS,
    clean_content_tags=DROPPED_WHOLE,
    attributes={
        tag: POST_ATTRIBUTES.get(tag, set()) | OLD_ATTRIBUTES.get(tag, set())
        for tag in POST_ATTRIBUTES.keys() | OLD_ATTRIBUTES.keys()
    },
    attribute_filter=_old_value,
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel=None,
)
_POST = nh3.Cleaner(
    tags=BLOCKS | INLINES | MEDIA,
    clean_content_tags=DROPPED_WHOLE,
    attributes=POST_ATTRIBUTES,
    attribute_filter=attribute_value,
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel=None,
)
_COMMENT = nh3.Cleaner(
    tags=COMMENT_TAGS,
    clean_content_tags=DROPPED_WHOLE,
    attributes=COMMENT_ATTRIBUTES,
    attribute_filter=attribute_value,
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="ugc nofollow noopener",
)

# Everything XML 1.0 forbids, so that no feed breaks on it; lone surrogates cannot be stored.
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
_SURROGATES: Final = re.compile(r"[\ud800-\udfff]")
# Forced direction: in a comment it serves only to make a text read as another one.
_OVERRIDES: Final = re.compile(r"[\u202d\u202e]")

_MORE_COMMENT: Final = re.compile(r"<!--[ \t]*more\b[^<>]{0,200}?-->", re.IGNORECASE)
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
# Tags that a browser closes by itself may be opened any number of times without nesting.
_SELF_CLOSING: Final = frozenset({
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link",
    "meta", "option", "p", "param", "rp", "rt", "source", "tbody", "td", "tfoot", "th", "thead",
    "tr", "track", "wbr",
})  # fmt: skip
_MAX_OPEN = 400  # nh3 needs 84 s for 200,000 open <div>; nobody nests more than a few dozen

_MAX_PASSES = 5  # misnested tables and links settle after two or three


def without_controls(text: str) -> str:
    """`text` with LF line ends and without characters that no page or feed can carry."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", _CONTROLS.sub("", text))


def settled(text: str) -> str:
    """`text` without the characters that force a direction on what follows them."""
    return _OVERRIDES.sub("", text)


def clean_post(html: str, *, line_breaks: bool = False) -> str:
    """What a post may show of `html`, reshaped to the elements our style sheet knows.

    Cleaning the answer once more changes nothing.
    """
    html = _MORE_COMMENT.sub(f'<a name="{MORE_ID}"></a>', html)
    tree = parse(without_controls(_FIRST_PASS.clean(_flattened(html))))
    reshape(tree, line_breaks=line_breaks)
    return _cleaned(_POST.clean, serialise(tree))


def clean_comment(html: str) -> str:
    """What a comment may show of `html`, which the comment's Markdown made."""
    return _cleaned(_COMMENT.clean, settled(without_controls(html)))


def closed(html: str) -> str:
    """The beginning of a clean post, cut between two tags, with its open elements closed."""
    return _POST.clean(html)


def _cleaned(clean: Callable[[str], str], html: str) -> str:
    for _ in range(_MAX_PASSES):
        before, html = html, clean(html)
        if html == before:
            break
    return html


def _flattened(html: str) -> str:
    """`html` without the tags that would nest deeper than `_MAX_OPEN`; their text stays."""
    depth = 0
    kept: list[str] = []
    position = 0
    for match in _TAG.finditer(html):
        if match.start() < position or match[2].lower() in _SELF_CLOSING:
            continue
        depth = max(0, depth - 1) if match[1] else depth + 1
        if depth >= _MAX_OPEN + (not match[1]):
            end = html.find(">", match.end())
            kept.append(html[position : match.start()])
            position = len(html) if end < 0 else end + 1
    return "".join([*kept, html[position:]])
