"""Each element only where HTML lets it stand, so that validators accept what old editors wrote.

A heading and a line of code hold words, a bold word holds no paragraph: the bold goes into the
paragraph instead. No text is lost on the way. Runs after `families`, when ids are given and
anchors are empty.

Source: HTML Living Standard, "Content models", for the elements the sanitiser lets through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from blog.markup.anchors import HEADINGS, MORE_ID, is_named
from blog.markup.families import anchor_of, is_white
from blog.markup.tree import Element, Node

PHRASES: Final = frozenset({
    "a", "abbr", "audio", "b", "bdi", "bdo", "br", "cite", "code", "del", "dfn", "em", "i", "img",
    "ins", "kbd", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "source", "span",
    "strong", "sub", "sup", "time", "track", "u", "var", "video", "wbr",
})  # fmt: skip
# These take the model of what is around them: a deleted part may be a paragraph.
_TRANSPARENT: Final = frozenset({"del", "ins"})
_PLAYERS: Final = frozenset({"audio", "video"})
_SECTIONS: Final = frozenset({"article", "aside", "footer", "header", "section"})
_NO_PARTS: Final = HEADINGS | _SECTIONS | {"blockquote"}  # as html-validate 10 reads the standard

# What may not stand anywhere below.
_BANS: Final[dict[str, frozenset[str]]] = {
    "a": frozenset({"a", "details"}),
    "address": _NO_PARTS | {"address"},
    "audio": _PLAYERS,
    "caption": frozenset({"table"}),
    "dfn": frozenset({"dfn"}),
    "dt": _NO_PARTS,
    "footer": frozenset({"header", "footer"}),
    "header": frozenset({"header", "footer"}),
    "rt": frozenset({"ruby"}),
    "ruby": frozenset({"ruby"}),
    "th": _NO_PARTS,
    "video": _PLAYERS,
}
_READINGS: Final = frozenset({"rp", "rt"})  # only for a ruby that stays
_NEEDED: Final = {"bdo": "dir", "time": "datetime"}  # without it they say nothing

MAX_MARKS = 8  # inline elements taken into blocks; each is written again for every block inside
MAX_COPIES = 20_000  # in one text; a book has fewer, and a hostile source would grow a hundredfold
_LINE_ENDS: Final = frozenset({"br", "source", "track"})
_COPIED: Final = ("class", "datetime", "dir", "lang")  # what a copy needs to look the same
_MAX_COPIED_CHARS = 100  # of one attribute; more would multiply with the paragraphs


@dataclass(frozen=True, slots=True)
class _Place:
    """Where nodes stand: what may not occur there, and the inline elements to be taken along."""

    banned: frozenset[str] = frozenset()
    marks: tuple[Element, ...] = ()

    def below(self, tag: str) -> _Place:
        banned = self.banned - _READINGS if tag == "ruby" else self.banned
        return replace(self, banned=banned | _BANS.get(tag, frozenset()))

    def without_readings(self) -> _Place:
        return replace(self, banned=self.banned | _READINGS)

    def anchor(self, element: Element) -> list[Node]:
        """What marks the place that `element` marked: no anchor may stand in a link."""
        return anchor_of(element, "span" if "a" in self.banned else "a")

    def marked(self, mark: Element) -> _Place:
        is_known = any(_copied(old) == _copied(mark) for old in self.marks if old.tag == mark.tag)
        if is_known or len(self.marks) == MAX_MARKS:
            return self
        return replace(self, marks=(*self.marks, mark))


def settle_nesting(root: Element) -> None:
    """Change the tree under `root` until each element may stand where it stands."""
    root.children = _Nesting(root).flow(root.children, _Place(_READINGS))


class _Nesting:
    """One walk from the top. Inline elements that hold a block somewhere are known beforehand."""

    def __init__(self, root: Element) -> None:
        self._copies = 0
        self._holding: set[Element] = set()
        self._find_holding(root)

    def _find_holding(self, element: Element) -> bool:
        found = False
        for child in element.children:
            if isinstance(child, Element):
                # A player is one word, whatever a browser without players would show instead.
                holds = self._find_holding(child) and child.tag not in _PLAYERS
                if holds and child.tag in PHRASES:
                    self._holding.add(child)
                found = found or holds or child.tag not in PHRASES
        return found

    def _is_block(self, node: Node) -> bool:
        return isinstance(node, Element) and (node.tag not in PHRASES or node in self._holding)

    # Where blocks may stand ----------------------------------------------------------------------

    def flow(self, nodes: Iterable[Node], place: _Place) -> list[Node]:
        """`nodes` as they may stand beside each other where paragraphs may stand."""
        result: list[Node] = []
        words: list[Node] = []
        for node in nodes:
            if isinstance(node, Element) and self._is_block(node):
                result += [*self._marked(words, place.marks), *self._block(node, place)]
                words = []
            else:
                words += self.phrases([node], place)
        return [*result, *self._marked(words, place.marks)]

    def _block(self, element: Element, place: _Place) -> list[Node]:
        """What stands in the place of a block, or of an inline element that holds one."""
        if element.tag in PHRASES:
            return self._around_blocks(element, place)
        if element.tag in place.banned:
            if element.tag == "table":
                return self._without_rows(element, place)
            if element.tag == "details":
                for child in element.children:
                    if isinstance(child, Element) and child.tag == "summary":
                        child.tag = "p"
                element.attributes.pop("open", None)
            element.tag = "p" if element.tag in HEADINGS else "div"
        if "a" in place.banned:
            element.attributes.pop("tabindex", None)  # one stop of the keyboard is the link
        change = _CHANGES.get(element.tag)
        if change is not None:
            return change(self, element, place)
        element.children = self.flow(element.children, place.below(element.tag))
        return [element]

    def _without_rows(self, table: Element, place: _Place) -> list[Node]:
        rows = [row for part in _elements(table) for row in _elements(part) if row.tag == "tr"]
        captions = [part for part in _elements(table) if part.tag == "caption"]
        cells = [*captions, *(cell for row in rows for cell in _elements(row))]
        boxes = [Element("div", {}, cell.children) for cell in cells if cell.children]
        return [*place.anchor(table), *self.flow(boxes, place)]

    def _around_blocks(self, element: Element, place: _Place) -> list[Node]:
        if element.tag == "a":
            marks, is_link = _link(element, place)
            if not is_link:
                return [*marks, *self.flow(element.children, place)]
            element.children = self.flow(element.children, place.below("a"))
            return [*marks, element]
        if element.tag in _TRANSPARENT:
            element.children = self.flow(element.children, place)
            return [element]
        anchors = place.anchor(element)
        if element.tag in ("ruby", *_READINGS) or not _says_something(element, place):
            return [*anchors, *self.flow(element.children, place.without_readings())]
        element.attributes.pop("id", None)
        below = place.below(element.tag).marked(element)
        return [*anchors, *self.flow(element.children, below)]

    def heading(self, element: Element, place: _Place) -> list[Node]:
        """Words only; a paragraph where no word is but a picture."""
        element.children = self._marked(self.phrases(element.children, place), place.marks)
        if element.tag != "summary" and not is_named(element):
            if not any(child.tag in ("img", *_PLAYERS) for child in element.elements()):
                return [mark for e in [element, *element.elements()] for mark in place.anchor(e)]
            element.tag = "p"
        return [element]

    def pre(self, element: Element, place: _Place) -> list[Node]:
        """Words and line ends only."""
        words = self.phrases(element.children, place, line_end="\n")
        if words and isinstance(words[0], str):
            # A browser swallows the first, so each cleaning would take another one away.
            words[0] = words[0].lstrip("\n")
        element.children = self._marked(words, place.marks)
        return [element]

    def paragraph(self, element: Element, place: _Place) -> list[Node]:
        """A paragraph before, between and after the blocks inside; none where nothing is."""
        parts: list[Node] = []
        own: list[Element] = []
        words: list[Node] = []
        for node in [*self.flow(element.children, place), None]:
            if node is not None and not self._is_block(node):
                words.append(node)
                continue
            if not all(is_white(word) for word in words):
                own.append(Element("p", self._copy(element), words))
                parts.append(own[-1])
            parts += [] if node is None else [node]
            words = []
        if own and parts[0] is own[0]:
            own[0].attributes = element.attributes
            return parts
        return [*place.anchor(element), *parts]

    def _marked(self, words: list[Node], marks: tuple[Element, ...]) -> list[Node]:
        """`words` in a copy of each of `marks`, unless there is nothing in them to be marked."""
        if all(is_white(w) or (isinstance(w, Element) and _is_place(w)) for w in words):
            return words
        for mark in reversed(marks):
            # Whole for the first who asks, after that only what makes it look the same.
            attributes, mark.attributes = mark.attributes, self._copy(mark)
            if self._copies > MAX_COPIES:
                break
            words = [Element(mark.tag, attributes, words)]
        return words

    def _copy(self, element: Element) -> dict[str, str]:
        self._copies += 1
        return _copied(element) if self._copies <= MAX_COPIES else {}

    # Where only words may stand ------------------------------------------------------------------

    def phrases(self, nodes: Iterable[Node], place: _Place, *, line_end: str = "") -> list[Node]:
        """`nodes` without their blocks, whose text stays, on lines of its own."""
        result: list[Node] = []
        is_due = False  # a line end, as soon as something follows
        for node in nodes:
            is_block = self._is_block(node)
            if isinstance(node, str):
                new: list[Node] = [node]
            elif node.tag == "hr":
                new = []
            elif node.tag in PHRASES:
                new = self._phrase(node, place, line_end)
            else:
                new = [*place.anchor(node), *self.phrases(node.children, place, line_end=line_end)]
            if (is_due or is_block) and all(is_white(part) for part in new):
                is_due = True
                continue
            if (is_due or is_block) and not _ends_line(result):
                result.append(line_end or Element("br"))
            result += new
            is_due = is_block
        return result

    def _phrase(self, element: Element, place: _Place, line_end: str) -> list[Node]:
        """What stands in the place of an inline element where only inline elements may stand."""
        if element.tag == "a":
            before, is_kept = _link(element, place)
        else:
            before, is_kept = [], _says_something(element, place)
        below = place.below(element.tag) if is_kept else place
        if element.tag == "ruby" and not is_kept:
            below = place.without_readings()
        element.children = self.phrases(element.children, below, line_end=line_end)
        if is_kept:
            return [*before, element]
        return [*before, *(place.anchor(element) if element.tag != "a" else []), *element.children]


_CHANGES: Final[dict[str, Callable[[_Nesting, Element, _Place], list[Node]]]] = {
    **dict.fromkeys(HEADINGS, _Nesting.heading),
    "p": _Nesting.paragraph,
    "pre": _Nesting.pre,
    "summary": _Nesting.heading,
}


def _elements(element: Element) -> list[Element]:
    return [child for child in element.children if isinstance(child, Element)]


def _link(link: Element, place: _Place) -> tuple[list[Node], bool]:
    """The places marked by `link` or inside it, and whether it may stay a link.

    A link holds no other and no player, and is nothing without a text or a picture.
    """
    if "href" not in link.attributes:
        return place.anchor(link), False
    anchors = _more_marks(link)
    is_kept = (
        "a" not in place.banned
        and is_named(link)
        and not any(element.tag in _PLAYERS for element in link.elements())
    )
    if not is_kept:
        anchors += place.anchor(link)
    return anchors, is_kept


def _more_marks(link: Element) -> list[Node]:
    """The read-more marks inside `link`, taken out: as anchors they cannot stand in a link."""
    found: list[Node] = []
    for element in link.elements():
        if element.tag == "a" and element.attributes.get("id") == MORE_ID:
            found += anchor_of(element)
            del element.attributes["id"]
    return found


def _says_something(element: Element, place: _Place) -> bool:
    needed = _NEEDED.get(element.tag)
    return element.tag not in place.banned and (needed is None or needed in element.attributes)


def _copied(element: Element) -> dict[str, str]:
    pairs = ((key, element.attributes.get(key, "")) for key in _COPIED)
    return {key: value for key, value in pairs if 0 < len(value) <= _MAX_COPIED_CHARS}


def _is_place(element: Element) -> bool:
    return element.tag == "br" or (not element.children and bool(anchor_of(element)))


def _ends_line(nodes: list[Node]) -> bool:
    if not nodes:
        return True
    last = nodes[-1]
    return last.endswith("\n") if isinstance(last, str) else last.tag in _LINE_ENDS
