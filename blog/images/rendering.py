"""How pages and feeds show the media items of a text. The stored HTML has plain images; what a page
adds to them is known by the post, so nothing is asked and no text has to be saved again.
"""

import re
from collections.abc import Mapping
from html import escape, unescape
from typing import Any

from blog.models.media import path_in

Pictures = Mapping[str, Mapping[str, Any]]  # see images.uses.remembered

# Tags as the sanitiser writes them: values in double quotes, no bracket inside.
_IMAGE = re.compile(r"<img( [^<>]*)>")
_ATTRIBUTE = re.compile(r' ([a-z]+)(?:="([^"]*)")?')

# --measure in the root's font size, which here counts as the browser's own.
COLUMN = "(min-width: 42rem) 39rem, 94vw"
COLUMN_PX = 624

# Characters of text that leave room for a picture below them on a first screen. One that is later
# and loads at once only takes the line away from the text above it.
FIRST_SCREEN_CHARS = 400
_TAG_OF_ANY_KIND = re.compile(r"<[^<>]*>")


def dressed(html: str, pictures: Pictures, *, is_first_eager: bool = False) -> str:
    """Clean `html` with its media items in the sizes and kinds that browsers choose from. Pictures
    wait until they are near, but for the very first when the page says so and it is on the first
    screen.
    """
    is_first = is_first_eager

    def dress(match: re.Match[str]) -> str:
        nonlocal is_first
        attributes = _attributes(match[1])
        picture = _known(attributes, pictures)
        attributes["loading"] = "lazy"
        attributes["decoding"] = "async"
        if is_first and _is_on_first_screen(html[: match.start()]):
            del attributes["loading"]
            attributes["fetchpriority"] = "high"
        is_first = False
        image = _tag("img", attributes)
        sources = "" if picture is None else _sources(picture, attributes)
        return f"<picture>{sources}{image}</picture>" if sources else image

    return _IMAGE.sub(dress, html)


def _is_on_first_screen(html_before: str) -> bool:
    return len(_TAG_OF_ANY_KIND.sub("", html_before).strip()) <= FIRST_SCREEN_CHARS


def sized(html: str, pictures: Pictures) -> str:
    """Clean `html` with the size of each media item, and the address of its present content: for
    feeds and cards, which know one picture only.
    """

    def size(match: re.Match[str]) -> str:
        attributes = _attributes(match[1])
        return match[0] if _known(attributes, pictures) is None else _tag("img", attributes)

    return _IMAGE.sub(size, html) if pictures else html


def _attributes(text: str) -> dict[str, str]:
    return {name: unescape(value or "") for name, value in _ATTRIBUTE.findall(text)}


def _known(attributes: dict[str, str], pictures: Pictures) -> Mapping[str, Any] | None:
    """What is known of the image with those attributes, which get its size and address; None for an
    image that is no media item.
    """
    picture = pictures.get(path_in(attributes.get("src", "")))
    if picture is None:
        return None
    attributes["src"] = picture["src"]
    # A size that the author gave stays; one without the other would be guessed from old pixels.
    if "width" not in attributes and "height" not in attributes:
        attributes["width"] = str(picture["width"])
        attributes["height"] = str(picture["height"])
    return picture


def _sources(picture: Mapping[str, Any], attributes: dict[str, str]) -> str:
    width = attributes.get("width", "")
    sizes = COLUMN
    if width.isascii() and width.isdecimal() and int(width) < COLUMN_PX:
        sizes = f"(min-width: {int(width)}px) {int(width)}px, 100vw"
    return "".join(
        _tag("source", {"type": f"image/{kind}", "srcset": picture[kind], "sizes": sizes})
        for kind in ("avif", "webp")
        if kind in picture
    )


def _tag(name: str, attributes: Mapping[str, str]) -> str:
    inside = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{inside}>"
