"""Parents and the children that only they may have: lists, tables, figures, players, readings.

Old editors write a list straight into a list, a text between two items, an item without a list.
Here each such parent gets its own children in their order, and what stood between them finds a
place in one of them or outside. No text is lost.

Source: HTML Living Standard, "Content models", for the elements the sanitiser lets through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import Final

from blog.markup.tree import Element, Node

WHITE: Final = " \t\n\r\f"  # not the no-break space: an editor's empty line is wanted

_PARENT_OF: Final = {"li": "ul", "dt": "dl", "dd": "dl"}
_STRAYS: Final = frozenset({
    "caption", "col", "colgroup", "rp", "rt", "source", "tbody", "td", "tfoot", "th", "thead",
    "tr", "track",
})  # fmt: skip
_ROW_GROUPS: Final = ("thead", "tbody", "tfoot")


def settle_families(root: Element) -> None:
    """Change the tree under `root` until such parents and children stand together."""
    root.children = _settled(root.children)


def is_white(node: Node) -> bool:
    """True for the white space between two tags."""
    return isinstance(node, str) and not node.strip(WHITE)


def _settled(nodes: Iterable[Node]) -> list[Node]:
    """`nodes`, none of which has its family's parent around it."""
    result: list[Node] = []
    for node in _gathered(nodes):
        if isinstance(node, str):
            result.append(node)
        elif node.tag in _STRAYS:
            result += _settled(node.children)
        elif node.tag in _FAMILIES:
            result += _FAMILIES[node.tag](node)
        else:
            if node.tag in ("figcaption", "summary"):
                node.tag = "div"
            node.children = _settled(node.children)
            result.append(node)
    return result


def _gathered(nodes: Iterable[Node]) -> list[Node]:
    """`nodes` with lists around the items that have none."""
    result: list[Node] = []
    family: Element | None = None
    for node in nodes:
        parent = _PARENT_OF.get(node.tag) if isinstance(node, Element) else None
        if parent and (family is None or family.tag != parent):
            family = Element(parent)
            result.append(family)
        if family is not None and (parent or is_white(node)):
            family.children.append(node)
        else:
            family = None
            result.append(node)
    return result


def _unpacked(nodes: Iterable[Node], tags: Iterable[str]) -> list[Node]:
    """`nodes`, of which those that hold one of `tags` directly give their children."""
    result: list[Node] = []
    for node in nodes:
        if (
            isinstance(node, Element)
            and node.tag not in ("dl", "ol", "ul", *tags)
            and any(isinstance(child, Element) and child.tag in tags for child in node.children)
        ):
            result += node.children
        else:
            result.append(node)
    return result


def _is(node: Node, *tags: str) -> bool:
    return isinstance(node, Element) and node.tag in tags


def anchor_of(element: Element, tag: str = "a") -> list[Node]:
    """An empty element for the place that `element` marks, when it marks one."""
    return [Element(tag, {"id": element.attributes["id"]})] if "id" in element.attributes else []


# Lists -------------------------------------------------------------------------------------------


def _list(element: Element) -> list[Node]:
    items = _items(_unpacked(element.children, {"li"}), "li", inside=("ol", "ul"))
    if all(is_white(item) for item in items):
        return anchor_of(element)
    for item in items:
        if isinstance(item, Element):
            item.children = _settled(item.children)
            if element.tag == "ul":
                item.attributes.pop("value", None)
    element.children = items
    return [element]


def _items(nodes: Iterable[Node], *tags: str, inside: tuple[str, ...] = ()) -> list[Node]:
    """`nodes` with what is none of `tags` in an element of the last of them.

    What is one of `inside`, or only marks a place, goes into the item before it.
    """
    items: list[Node] = []
    last: Element | None = None
    loose: Element | None = None
    for node in nodes:
        if isinstance(node, Element) and node.tag in tags:
            last, loose = node, None
            items.append(node)
        elif loose is not None and not _is(node, *inside):
            loose.children.append(node)
        elif is_white(node) or _is(node, "br"):
            items += [node] if isinstance(node, str) else []
        elif last is not None and (_is(node, *inside) or _is_mark(node)):
            last.children.append(node)
        else:
            last = loose = Element(tags[-1], {}, [node])
            items.append(loose)
    return items


def _is_mark(node: Node) -> bool:
    return _is(node, "a") and isinstance(node, Element) and not node.children


def _definitions(element: Element) -> list[Node]:
    """Terms with what is said of them; what is said before any term stands before the list."""
    nodes = _unpacked(element.children, {"dt", "dd"})
    at = next((index for index, node in enumerate(nodes) if _is(node, "dt")), len(nodes))
    before = [node for node in nodes[:at] if not _is(node, "br")]
    for node in before:
        if isinstance(node, Element) and node.tag == "dd":
            node.tag = "div"
    result = _settled(before)
    if at == len(nodes):
        return [*anchor_of(element), *result]
    element.children = _items(nodes[at:], "dt", "dd")
    for child in element.children:
        if isinstance(child, Element):
            child.children = _settled(child.children)
    if [child for child in element.children if isinstance(child, Element)][-1].tag == "dt":
        element.children.append(Element("dd"))
    return [*result, element]


# Tables ------------------------------------------------------------------------------------------


def _table(table: Element) -> list[Node]:
    """Caption, columns, head, bodies, foot, with rows in them and cells in those."""
    outside: list[Node] = []
    order = ("caption", "colgroup", *_ROW_GROUPS)
    parts: dict[str, list[Element]] = {tag: [] for tag in order}
    had = [child for child in table.children if isinstance(child, Element)]
    for child in table.children:
        tag = child.tag if isinstance(child, Element) else ""
        if isinstance(child, Element) and tag in order:
            if tag in ("thead", "tfoot") and parts[tag]:
                tag = child.tag = "tbody"
            if tag in _ROW_GROUPS:
                outside += _rows(child)
            parts[tag].append(child)
        elif not is_white(child):
            outside.append(child)
    for more in parts["caption"][1:]:
        parts["caption"][0].children += [Element("br"), *more.children]
    del parts["caption"][1:]
    for caption in parts["caption"]:
        caption.children = _settled(caption.children)
    for tag in _ROW_GROUPS:
        parts[tag] = [group for group in parts[tag] if any(not is_white(c) for c in group.children)]
    new = [part for tag in order for part in parts[tag]]
    if new != had:
        table.children = [*new]
    if not any(parts[tag] for tag in _ROW_GROUPS):
        words = [child for caption in parts["caption"] for child in caption.children]
        return [*_settled(outside), *anchor_of(table), *words]
    return [*_settled(outside), table]


def _rows(group: Element) -> list[Node]:
    """What stood between the rows of `group`, which keeps those that have a cell."""
    outside: list[Node] = []
    rows = [child for child in group.children if isinstance(child, Element) and child.tag == "tr"]
    for row in rows:
        outside += [c for c in row.children if not is_white(c) and not _is(c, "td", "th")]
        row.children = [c for c in row.children if is_white(c) or _is(c, "td", "th")]
    is_kept = [any(isinstance(cell, Element) for cell in row.children) for row in rows]
    # A cell reaches down over rows that stay, and not beyond the last one.
    kept_before = [0, *accumulate(is_kept)]
    for index, row in enumerate(rows):
        for cell in row.children:
            if isinstance(cell, Element):
                cell.children = _settled(cell.children)
                reach = int(cell.attributes.pop("rowspan", "1"))
                end = min(index + reach, len(rows))
                if kept_before[end] - kept_before[index] > 1:
                    cell.attributes["rowspan"] = str(kept_before[end] - kept_before[index])
    kept = {row for row, keep in zip(rows, is_kept, strict=True) if keep}
    outside += [child for child in group.children if not is_white(child) and not _is(child, "tr")]
    group.children = [child for child in group.children if is_white(child) or child in kept]
    return outside


# Figures, details, players, readings -------------------------------------------------------------


def _figure(figure: Element) -> list[Node]:
    """A figure with at most one caption, which is its first or its last child."""
    caption = next((child for child in figure.children if _is(child, "figcaption")), None)
    at = 0 if caption is None else figure.children.index(caption)
    if not isinstance(caption, Element):
        figure.children = _settled(figure.children)
        return [figure]
    caption.children = _settled(caption.children)
    before, after = _settled(figure.children[:at]), _settled(figure.children[at + 1 :])
    if all(is_white(child) for child in before) or all(is_white(child) for child in after):
        figure.children = [*before, caption, *after]
    else:
        figure.children = [*before, *after, caption]
    return [figure]


def _details(details: Element) -> list[Node]:
    """The summary first; a plain box without one, as nobody would know what to open."""
    summary = next((c for c in details.children if _is(c, "summary")), None)
    if not isinstance(summary, Element) or not summary.text().strip():
        details.tag = "div"
        details.attributes.pop("open", None)
        details.children = _settled(details.children)
        return [details]
    rest = [child for child in details.children if child is not summary]
    summary.children = _settled(summary.children)
    details.children = [summary, *_settled(rest)]
    return [details]


def _player(player: Element) -> list[Node]:
    """Sources, then tracks, then what a browser without players shows."""
    sources: list[Node] = []
    tracks: list[Element] = []
    rest: list[Node] = []
    for child in player.children:
        if not isinstance(child, Element) or child.tag not in ("source", "track"):
            rest.append(child)
        elif child.tag == "track" and child.attributes.get("src"):
            tracks.append(child)
        elif child.attributes.get("src") and "src" not in player.attributes:
            sources.append(child)
    for track in tracks:
        if "srclang" not in track.attributes:
            track.attributes["kind"] = "captions"  # subtitles have to name their language
    for track in [track for track in tracks if "default" in track.attributes][1:]:
        del track.attributes["default"]
    player.children = [*sources, *tracks, *_settled(rest)]
    return [player]


def _ruby(ruby: Element) -> list[Node]:
    """Characters, each followed by its reading; what no reading follows stands behind."""
    parts: list[Node] = []
    base: list[Node] = []
    children = ruby.children
    for index, child in enumerate(children):
        if not isinstance(child, Element) or child.tag not in ("rp", "rt"):
            base.append(child)
        elif child.tag == "rt":
            words = _settled(base)
            child.children = _settled(child.children)
            if not parts and all(is_white(word) for word in words):
                base = [*words, *child.children]
                continue
            around = [children[i] for i in (index - 1, index + 1) if 0 < i < len(children)]
            parts += words
            if len(around) == 2 and all(_is(node, "rp") for node in around):
                parts += [around[0], child, around[1]]
            else:
                parts.append(child)
            base = []
    if not parts:
        return [*anchor_of(ruby), *_settled(base)]
    ruby.children = parts
    return [ruby, *_settled(base)]


_FAMILIES: Final[dict[str, Callable[[Element], list[Node]]]] = {
    "audio": _player,
    "details": _details,
    "dl": _definitions,
    "figure": _figure,
    "ol": _list,
    "ruby": _ruby,
    "table": _table,
    "ul": _list,
    "video": _player,
}
