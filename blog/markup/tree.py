"""A small tree of HTML, to be changed by hand and written out again.

It reads only what the sanitiser has already made well-formed, and what it writes goes to the
sanitiser once more, so it needs none of a browser's patience.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

MAX_DEPTH = 100  # deeper elements lose their tags, not their text; walking the tree is recursive

VOID = frozenset({"br", "col", "hr", "img", "source", "track", "wbr"})


@dataclass(eq=False, slots=True)
class Element:
    """An element with its attributes in the order of writing; the root has the empty tag."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        """The words of the class attribute."""
        return self.attributes.get("class", "").split()

    def add_class(self, name: str) -> None:
        """Put `name` after the classes there are, once."""
        if name and name not in self.classes:
            self.attributes["class"] = " ".join([*self.classes, name])

    def drop_class(self, name: str) -> None:
        """Take `name` out of the classes; no class at all takes the attribute away."""
        rest = [word for word in self.classes if word != name]
        self.attributes.pop("class", None)
        if rest:
            self.attributes["class"] = " ".join(rest)

    def elements(self) -> Iterator[Element]:
        """Every element below this one, in document order."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.elements()

    def text(self) -> str:
        """All text below, joined as it stands."""
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)


Node = Element | str


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("")
        self._open = [self.root]
        self._too_deep = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID and len(self._open) > MAX_DEPTH:
            self._too_deep += 1
            return
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if self._too_deep:
            self._too_deep -= 1
        elif self._open[-1].tag == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        children = self._open[-1].children
        if children and isinstance(children[-1], str):
            children[-1] += data
        else:
            children.append(data)


def parse(html: str) -> Element:
    """The root over `html`, which the sanitiser wrote. At most `MAX_DEPTH` levels."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root


def serialise(element: Element) -> str:
    """HTML of everything below `element`, its own tag left out."""
    parts: list[str] = []
    _write(element.children, parts)
    return "".join(parts)


def _write(children: list[Node], parts: list[str]) -> None:
    for child in children:
        if isinstance(child, str):
            parts.append(escape(child, quote=False))
            continue
        attributes = "".join(f' {name}="{escape(v)}"' for name, v in child.attributes.items())
        parts.append(f"<{child.tag}{attributes}>")
        if child.tag not in VOID:
            _write(child.children, parts)
            parts.append(f"</{child.tag}>")
