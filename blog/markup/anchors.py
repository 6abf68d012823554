"""Places inside a text that links point to: ids that are unique and none of the page's own."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final
from urllib.parse import unquote

from blog.markup.tree import Element, Node

MORE_ID: Final = "more"
ID_PREFIX: Final = "s-"  # of every id an author writes, so that #comments stays the page's own

HEADINGS: Final = frozenset({"h2", "h3", "h4", "h5", "h6"})


def set_ids(root: Element) -> None:
    """Unique prefixed ids: those written, then one for each heading; links to them follow."""
    taken: set[str] = set()
    id_by_name: dict[str, str] = {}
    used_count: Counter[str] = Counter()
    for element in list(root.elements()):
        names = [_prefixed(element.attributes.pop(key, "")) for key in ("id", "name")]
        wanted = next((name for name in names if name and name not in taken), "")
        if wanted:
            taken.add(wanted)
            element.attributes["id"] = wanted
            id_by_name.update((name, wanted) for name in names if name not in id_by_name)
    for element in root.elements():
        if element.tag in HEADINGS and "id" not in element.attributes and is_named(element):
            slug = _prefixed(_heading_slug(element.text()))
            name = element.attributes["id"] = _free(slug, taken, used_count)
            id_by_name[name] = name
    for element in root.elements():
        target = element.attributes.get("href", "")
        name = _prefixed(unquote(target[1:])) if target.startswith("#") else ""
        if name in id_by_name and name:
            element.attributes["href"] = f"#{id_by_name[name]}"


def is_named(element: Element) -> bool:
    """True when `element` has something to be read out: a text, or that of a picture."""
    return bool(element.text().strip()) or any(
        child.attributes.get("alt", "").strip() for child in element.elements()
    )


def _prefixed(name: str) -> str:
    name = re.sub(r"[\s\"'<>&]+", "-", name.strip())[:100]
    if not name or name == MORE_ID or name.startswith(ID_PREFIX):
        return "" if name == ID_PREFIX else name
    return ID_PREFIX + name


def _heading_slug(text: str) -> str:
    return re.sub(r"[\W_]+", "-", text.lower()).strip("-")[:60] or "section"


def _free(name: str, taken: set[str], used_count: Counter[str]) -> str:
    """`name`, or `name` with the first number that makes it new; remembers it as taken."""
    candidate = name
    while candidate in taken:
        used_count[name] += 1
        candidate = f"{name}-{used_count[name] + 1}"
    taken.add(candidate)
    return candidate


def empty_anchors(element: Element) -> None:
    """Take away spans that say nothing, and let anchors mark a place without enclosing text.

    Old bodies write `<a name="more" />`, which a browser reads as a link around all that follows.
    """
    children: list[Node] = []
    for child in element.children:
        if isinstance(child, str):
            children.append(child)
            continue
        empty_anchors(child)
        if child.tag == "a" and "href" not in child.attributes:
            if "id" in child.attributes:
                children.append(Element("a", {"id": child.attributes["id"]}))
            children += child.children
        elif child.tag == "span" and not child.attributes:
            children += child.children
        else:
            children.append(child)
    element.children = children
