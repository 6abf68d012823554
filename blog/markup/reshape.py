"""Old and imported HTML brought into the shape our style sheet and readers' tools expect.

Blogger's image blocks become figures, inline alignment becomes a class, walls of `<br>` become
paragraphs, anchors get ids that cannot collide with the page's own. Runs between two passes of the
sanitiser: the tree it gets is well-formed, what it makes is checked again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import unquote, urlsplit

from django.conf import settings

from blog.markup.anchors import HEADINGS, MORE_ID, empty_anchors, set_ids
from blog.markup.code import code_html
from blog.markup.families import settle_families
from blog.markup.nesting import settle_nesting
from blog.markup.tree import Element, Node, parse

_BLOCKS: Final = frozenset({
    "address", "article", "aside", "blockquote", "center", "details", "div", "dl", "figure",
    "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "iframe", "ol", "p", "pre",
    "section", "table", "ul", "video",
})  # fmt: skip
# White space between the children of these is never text.
_ROWS: Final = frozenset({
    "audio", "colgroup", "dl", "ol", "ruby", "table", "tbody", "tfoot", "thead", "tr", "ul",
    "video",
})  # fmt: skip
_RENAMED: Final = {"acronym": "abbr", "center": "div", "h1": "h2", "strike": "s", "tt": "code"}
_FLOATING: Final = frozenset({"a", "div", "figure", "img", "table"})
_ALIGNED_TEXT: Final = frozenset(
    {"caption", "div", "figcaption", "figure", "p", "td", "th", *HEADINGS}
)
_ALIGN_CLASSES: Final = ("align-left", "align-right", "align-center")
_TEXT_CLASSES: Final = ("text-left", "text-right")
_WORDPRESS_CLASSES: Final = {
    "alignleft": "align-left",
    "alignright": "align-right",
    "aligncenter": "align-center",
}
OLD_CLASSES: Final = frozenset(
    {"separator", "tr-caption", "tr-caption-container", *_WORDPRESS_CLASSES}
)
_KEPT_REL: Final = frozenset({
    "author", "bookmark", "license", "me", "nofollow", "noopener", "noreferrer", "sponsored",
    "tag", "ugc",
})  # fmt: skip


def reshape(root: Element, *, line_breaks: bool) -> None:
    """Change the tree under `root` in place; a second run changes nothing more."""
    if line_breaks:
        _break_lines(root)
    root.children = _reshaped(root.children)
    _name_pictures(root)
    _link_outside(root, is_link=False)
    set_ids(root)
    empty_anchors(root)
    settle_families(root)
    settle_nesting(root)
    _set_paragraphs(root)


# Line ends and paragraphs ------------------------------------------------------------------------


def _break_lines(element: Element) -> None:
    children: list[Node] = []
    for index, child in enumerate(element.children):
        if isinstance(child, Element):
            if child.tag != "pre":
                _break_lines(child)
            children.append(child)
        elif element.tag in _ROWS:
            children.append(child)
        else:
            before = element.children[index - 1] if index else None
            after = element.children[index + 1] if index + 1 < len(element.children) else None
            text = child.lstrip() if before is None or _ends_line(before) else child
            text = text.rstrip() if after is None or _ends_line(after) else text
            first, *rest = text.split("\n")
            children.append(first)
            for line in rest:
                children += [Element("br"), line]
    element.children = children


def _ends_line(node: Node) -> bool:
    return isinstance(node, Element) and (node.tag == "br" or node.tag in _BLOCKS)


def _set_paragraphs(root: Element) -> None:
    """Paragraphs for a text without any block element, one at each run of two or more `<br>`."""
    if any(element.tag in _BLOCKS for element in root.elements()):
        return
    done: list[Node] = []
    paragraph: list[Node] = []
    breaks: list[Node] = []

    def close() -> None:
        if any(not _is_blank(node) for node in paragraph):
            done.append(Element("p", {}, list(paragraph)))
        paragraph.clear()
        breaks.clear()

    for child in root.children:
        if isinstance(child, Element) and child.tag == "br":
            breaks.append(child)
            if len(breaks) == 2:
                close()
        elif _is_more(child):
            close()
            done.append(child)
        elif isinstance(child, str) and not child.strip() and (breaks or not paragraph):
            continue
        else:
            if paragraph:
                paragraph.extend(breaks)
            breaks.clear()
            paragraph.append(child)
    close()
    root.children = done


def _is_blank(node: Node) -> bool:
    return not node.strip() if isinstance(node, str) else node.tag == "br"


def _is_more(node: Node) -> bool:
    return isinstance(node, Element) and node.attributes.get("id") == MORE_ID


# Elements ----------------------------------------------------------------------------------------


def _reshaped(children: Iterable[Node], *, is_moved: bool = False) -> list[Node]:
    """`children` in our shape; `is_moved` when the text around them is centred or at the right."""
    result: list[Node] = []
    for child in children:
        if isinstance(child, str):
            result.append(child)
            continue
        is_centred = child.tag == "center"
        child.tag = _RENAMED.get(child.tag, child.tag)
        _align(child, is_moved=is_moved)
        if is_centred:
            child.add_class("align-center")
        child.children = _reshaped(child.children, is_moved=_moves_text(child, is_moved))
        change = _CHANGES.get(child.tag)
        result += [child] if change is None else change(child)
    return result


def _moves_text(element: Element, is_moved: bool) -> bool:
    """Whether the text in `element` stands elsewhere than at the left."""
    classes = element.classes
    if "align-center" in classes or "text-right" in classes:
        return True
    if element.tag in _ALIGNED_TEXT and "align-right" in classes:
        return element.tag not in _FLOATING or is_moved
    if element.tag in _ALIGNED_TEXT and "align-left" in classes:
        return element.tag in _FLOATING and is_moved
    return is_moved and "text-left" not in classes


def _align(element: Element, *, is_moved: bool) -> None:
    """Alignment written as style, as attribute or in WordPress's classes, as one of ours."""
    tag, attributes = element.tag, element.attributes
    style = _declarations(attributes.pop("style", ""))
    align = attributes.pop("align", "").strip().lower()
    wanted = ""
    if tag in _FLOATING:
        side = style.get("float") or (align if tag in ("img", "table") else "")
        wanted = f"align-{side}" if side in ("left", "right") else ""
        if {"auto"} == {style.get("margin-left"), style.get("margin-right")}:
            wanted = wanted or "align-center"
    if not wanted and tag in _ALIGNED_TEXT:
        side = style.get("text-align") or align
        # Left is where text stands anyway, except in the head of a table and where it was moved.
        if side in ("center", "right") or (side == "left" and (is_moved or tag in ("td", "th"))):
            # A box with "align-" floats.
            is_box = tag == "div" and side != "center" and "separator" not in element.classes
            wanted = f"text-{side}" if is_box else f"align-{side}"
    if not wanted and align == "center" and tag in ("img", "table"):
        wanted = "align-center"
    for old, new in _WORDPRESS_CLASSES.items():
        if old in element.classes:
            element.drop_class(old)
            wanted = wanted or new
    if not any(name in element.classes for name in (*_ALIGN_CLASSES, *_TEXT_CLASSES)):
        element.add_class(wanted)


def _declarations(style: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in style[:2000].lower().split(";"))
    return {
        name.strip(): value.replace("!important", "").strip() for name, _, value in pairs if value
    }


def _div(div: Element) -> list[Node]:
    if "separator" not in div.classes:
        return [div]
    if all(_is_blank(child) for child in div.children):
        return []
    div.drop_class("separator")
    if _is_picture(div.children):
        pictures = [child for child in div.children if not _is_blank(child)]
        return [_figure(div, pictures)]
    if not any(element.tag in _BLOCKS for element in div.elements()):
        div.tag = "p"
    return [div]


def _table(table: Element) -> list[Node]:
    table.attributes["tabindex"] = "0"  # a wide one scrolls sideways, see _pre
    if "tr-caption-container" not in table.classes:
        return [table]
    cells = [element for element in table.elements() if element.tag == "td"]
    pictures = [
        child
        for cell in cells
        for child in cell.children
        if _is_picture([child]) and not _is_blank(child)
    ]
    captions = [cell for cell in cells if "tr-caption" in cell.classes]
    if not pictures or len(captions) != 1:
        return [table]
    table.drop_class("tr-caption-container")
    caption = Element("figcaption", {}, captions[0].children)
    for image in (element for element in table.elements() if element.tag == "img"):
        image.attributes["alt"] = image.attributes["alt"] or " ".join(caption.text().split())
    return [_figure(table, [*pictures, caption])]


def _figure(old: Element, children: list[Node]) -> Element:
    """A figure of `children` that stands where the outermost alignment found inside says."""
    figure = Element("figure", {}, children)
    floats = []
    for element in [old, *figure.elements()]:
        for name in _ALIGN_CLASSES:
            if name in element.classes and element.tag != "figcaption":
                element.drop_class(name)
                floats.append(name)
    floats.sort(key=_ALIGN_CLASSES.index)  # a float says more than the centring around it
    figure.add_class(floats[0] if floats else "")
    if "id" in old.attributes:
        figure.attributes["id"] = old.attributes["id"]
    return figure


def _is_picture(children: list[Node]) -> bool:
    """True when `children` show nothing but one or more images, linked or not."""
    images = 0
    for child in children:
        if isinstance(child, str):
            if child.strip():
                return False
        elif child.tag == "img" or (child.tag in ("a", "span") and _is_picture(child.children)):
            images += 1
        elif child.tag != "br":
            return False
    return images > 0


def _image(image: Element) -> list[Node]:
    if not image.attributes.get("src"):
        return []
    image.attributes.setdefault("alt", "")
    image.attributes.setdefault("loading", "lazy")
    image.attributes.setdefault("decoding", "async")
    return [image]


def _frame(frame: Element) -> list[Node]:
    """A link in the place of an embedded page, so that the reader still finds the video."""
    address = frame.attributes.get("src", "")
    if address.startswith("//"):
        address = "https:" + address
    if not address.startswith(("http://", "https://")):
        return []
    address = address.replace("//www.youtube.com/embed/", "//www.youtube.com/watch?v=", 1)
    if "/watch?v=" in address:
        head, _, options = address.partition("/watch?v=")
        address = f"{head}/watch?v={options.partition('?')[0]}"
    link = Element("a", {"href": address}, [frame.attributes.get("title") or address])
    return [Element("p", {}, list(_link(link)))]


def _link(link: Element) -> list[Node]:
    words = {word for word in link.attributes.pop("rel", "").lower().split() if word in _KEPT_REL}
    if re.match(r"\s*(?:https?:|//)", link.attributes.get("href", ""), re.IGNORECASE):
        words.add("noopener")
    if words and "href" in link.attributes:
        link.attributes["rel"] = " ".join(sorted(words))
    return [link]


def _player(player: Element) -> list[Node]:
    player.attributes["controls"] = ""
    return [player]


def _pre(pre: Element) -> list[Node]:
    # A browser swallows one line feed after <pre>, so each cleaning would take another one away.
    if pre.children and isinstance(pre.children[0], str):
        pre.children[0] = pre.children[0].lstrip("\n")
    pre.attributes["tabindex"] = "0"  # a box that scrolls sideways must be reachable by keyboard
    _colour(pre)
    return [pre]


def _colour(pre: Element) -> None:
    """The words of a listing that names its language in classes, as Markdown's listings have."""
    (code,) = pre.children if len(pre.children) == 1 else (None,)
    if not isinstance(code, Element) or code.tag != "code" or len(code.children) != 1:
        return
    text = code.children[0]
    names = [name for name in code.classes if name.startswith("language-")]
    if isinstance(text, str) and names:
        coloured = parse(code_html(text, language=names[0].removeprefix("language-")))
        code.children = next(one for one in coloured.elements() if one.tag == "code").children


_CHANGES: Final[dict[str, Callable[[Element], list[Node]]]] = {
    "a": _link,
    "audio": _player,
    "div": _div,
    "iframe": _frame,
    "img": _image,
    "pre": _pre,
    "table": _table,
    "video": _player,
}


def _name_pictures(root: Element) -> None:
    """A text for each linked image that has none: a link must have a name to be read out."""
    for element in root.elements():
        if element.tag != "a" or "href" not in element.attributes or element.text().strip():
            continue
        images = [child for child in element.elements() if child.tag == "img"]
        if images and not any(image.attributes["alt"].strip() for image in images):
            image = images[0].attributes
            image["alt"] = image.get("title", "").strip() or _file_name(image["src"])


def _link_outside(element: Element, *, is_link: bool) -> None:
    """Links in the place of pictures and sounds of other hosts: no page of ours asks another host
    for anything, so they would stay empty. The source keeps them as they were written.
    """
    children: list[Node] = []
    for child in element.children:
        if isinstance(child, Element):
            address = _media_address(child)
            if _is_outside(address):
                name = child.attributes.get("alt", "").strip() or _file_name(address)
                mark = {"class": "outside-picture"}
                link = {"href": address, **mark, "rel": "noopener"}
                children.append(
                    Element("span", mark, [name]) if is_link else Element("a", link, [name])
                )
                # What a browser without players would show are words of the author's.
                _link_outside(child, is_link=is_link)
                children += [
                    node
                    for node in child.children
                    if isinstance(node, str) or node.tag not in ("source", "track")
                ]
                continue
            if address.startswith(f"{settings.SITE_URL}/"):
                child.attributes["src"] = address.removeprefix(settings.SITE_URL)
            _link_outside(child, is_link=is_link or child.tag == "a")
        children.append(child)
    element.children = children


def _media_address(element: Element) -> str:
    if element.tag not in ("img", "audio", "video"):
        return ""
    sources = (
        child.attributes.get("src", "")
        for child in element.children
        if isinstance(child, Element) and child.tag == "source"
    )
    return element.attributes.get("src") or next(filter(None, sources), "")


def _is_outside(address: str) -> bool:
    is_absolute = re.match(r"\s*(?:https?:|//)", address, re.IGNORECASE) is not None
    return is_absolute and not address.startswith(f"{settings.SITE_URL}/")


def _file_name(address: str) -> str:
    try:
        path = urlsplit(address).path
    except ValueError:  # an unclosed [ in the host
        path = ""
    name = unquote(path.rpartition("/")[2]).rpartition(".")[0]
    return re.sub(r"[\s_+-]+", " ", name).strip() or "image"
