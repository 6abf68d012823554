"""Markdown for a clean text: what has no sign of its own in Markdown stays HTML, so nothing goes.

Each block is tried: if its Markdown would not give the block again, it is written with tags for
its emphasis, and if that fails too, as HTML altogether.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape
from typing import Final

from blog.markup.alike import BLOCKS, authored, differences
from blog.markup.anchors import HEADINGS, MORE_ID
from blog.markup.clean import clean_post
from blog.markup.markdown import post_html
from blog.markup.tree import VOID, Element, Node, parse, serialise

_SIGNS: Final = {"em": "*", "i": "*", "strong": "**", "b": "**", "s": "~~"}
_ALIGNED: Final = {"align-center": ":-:", "align-right": "--:", "align-left": ":--"}
_SPECIAL: Final = re.compile(r"[\\`*\[\]~]|(?<![^\W_])_|_(?![^\W_])|<(?=[A-Za-z/!?])|&(?=#?\w+;)")
_BARE: Final = re.compile(r"(https?)(?=://)|(www)(?=\.)", re.IGNORECASE)
_STARTS_BLOCK: Final = re.compile(r"(?m)^(\s*)(#{1,6}(?=\s|$)|[-+=>](?=\s|$|[-=])|>)")
_STARTS_ITEM: Final = re.compile(r"(?m)^(\s*\d{1,9})([.)])(?=\s|$)")


def markdown_of(html: str) -> str:
    """Markdown whose rendering looks like clean `html`.

    Use `differences` to learn whether something got lost after all.
    """
    root = parse(authored(html).replace("<!--more-->", f'<a id="{MORE_ID}"></a>'))
    notes = _take_notes(root)
    writer = _Writer(notes)
    parts = writer.blocks(root.children)
    definitions = [
        f"[^{number}]: " + _indented(writer.note(item), 4)
        for number, item in enumerate(writer.used, start=1)
    ]
    return "\n\n".join([*parts, *definitions]).strip() + "\n" if parts else ""


def _take_notes(root: Element) -> dict[str, Element]:
    """Footnotes by their id, taken out of the text if they can be written as such."""
    sections = [
        child
        for child in root.children
        if isinstance(child, Element) and child.tag == "section" and "footnotes" in child.classes
    ]
    if len(sections) != 1:
        return {}
    items = [one for one in sections[0].elements() if "footnote-item" in one.classes]
    notes = {one.attributes.get("id", ""): one for one in items}
    links = [one for one in root.elements() if one.tag == "sup" and "footnote-ref" in one.classes]
    targets = [_target(one) for one in links]
    if "" in notes or set(targets) != set(notes) or len(targets) != len(set(targets)):
        return {}
    root.children = [
        child
        for child in root.children
        if child is not sections[0]
        and not (isinstance(child, Element) and "footnotes-sep" in child.classes)
    ]
    return notes


def _target(reference: Element) -> str:
    links = [one for one in reference.elements() if one.tag == "a"]
    return links[0].attributes.get("href", "").removeprefix("#") if links else ""


class _Writer:
    """Writes one text; knows which footnotes it has met, in their order."""

    def __init__(self, notes: dict[str, Element]) -> None:
        self.notes = notes
        self.used: list[Element] = []
        self.has_signs = True  # for emphasis; without, its tags are written

    # --- Blocks ---

    def blocks(self, children: Iterable[Node]) -> list[str]:
        """Each block of `children`; words between blocks are paragraphs."""
        parts: list[str] = []
        loose: list[Node] = []
        before = ""
        for child in [*children, None]:
            if isinstance(child, Element) and (child.tag in BLOCKS or _is_more(child)):
                parts += self._paragraph(loose)
                loose = []
                parts.append(self._tried(child, is_second=child.tag == before))
                before = child.tag
            elif child is None:
                parts += self._paragraph(loose)
            else:
                loose.append(child)
                before = "" if not isinstance(child, str) or child.strip() else before
        return [part for part in parts if part.strip()]

    def _paragraph(self, nodes: list[Node]) -> list[str]:
        if not any(not isinstance(node, str) or node.strip() for node in nodes):
            return []
        return [self._tried(Element("p", {}, nodes), is_second=False)]

    def _tried(self, block: Element, *, is_second: bool) -> str:
        if not self.has_signs or _is_more(block):
            return self._block(block, is_second=is_second)
        wanted = serialise(Element("", {}, [block]))
        clean, used_count = clean_post(wanted), len(self.used)
        for self.has_signs in (True, False):
            del self.used[used_count:]
            text = self._block(_copy(wanted), is_second=is_second)
            has_note = len(self.used) > used_count  # means nothing without the text of the note
            if has_note or not differences(clean, clean_post(post_html(text))):
                break
        else:
            text = _as_html(block)
        self.has_signs = True
        return text

    def _block(self, block: Element, *, is_second: bool) -> str:
        write: dict[str, Callable[[Element], str]] = {
            "p": lambda one: _safe_start(self._words(one.children)),
            "blockquote": self._quote,
            "pre": _fence,
            "table": self._table,
            "hr": lambda _one: "---",
            **dict.fromkeys(HEADINGS, self._heading),
        }
        if _is_more(block):
            return "<!--more-->"
        if block.tag in ("ul", "ol") and _keys(block) <= {"start"}:
            return self._list(block, is_second=is_second)
        if block.tag in write and not _keys(block):
            return write[block.tag](block)
        return _as_html(block)

    def _heading(self, heading: Element) -> str:
        words = self._words(heading.children).replace("\\\n", "<br>").replace("\n", " ")
        return f"{'#' * int(heading.tag[1])} {re.sub(r'(#+)$', lambda m: chr(92) + m[1], words)}"

    def _quote(self, quote: Element) -> str:
        text = "\n\n".join(self.blocks(quote.children))
        return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))

    def _list(self, element: Element, *, is_second: bool) -> str:
        items = [child for child in element.children if isinstance(child, Element)]
        is_loose = any(
            isinstance(child, Element) and child.tag == "p"
            for item in items
            for child in item.children
        )
        number = int(element.attributes.get("start") or 1)
        lines = []
        for item in items:
            if element.tag == "ol":
                mark = f"{number}{')' if is_second else '.'} "
                number += 1
            else:
                mark = "* " if is_second else "- "
            box = _taken_box(item)
            inner = self.blocks(item.children)
            text = ("\n\n" if is_loose else "\n").join(inner)
            lines.append(mark + box + _indented(text, len(mark)))
        return ("\n\n" if is_loose else "\n").join(lines)

    def _table(self, table: Element) -> str:
        rows = [one for one in table.elements() if one.tag == "tr"]
        cells = [[one for one in row.children if isinstance(one, Element)] for row in rows]
        width = len(cells[0]) if cells else 0
        heads = [one.tag for one in cells[0]] if cells else []
        if not width or heads != ["th"] * width or any(len(row) != width for row in cells):
            return _as_html(table)
        lines = [self._row(row) for row in cells]
        marks = [_ALIGNED.get(one.attributes.get("class", ""), "---") for one in cells[0]]
        lines.insert(1, f"| {' | '.join(marks)} |")
        return "\n".join(lines)

    def _row(self, cells: list[Element]) -> str:
        words = (self._words(_unwrapped(cell)).replace("\\\n", "<br>") for cell in cells)
        texts = [text.replace("\n", " ").replace("|", "\\|").strip() for text in words]
        return f"| {' | '.join(texts)} |"

    # --- Words ---

    def note(self, item: Element) -> str:
        """The text of a footnote, without the way back."""
        children = [child for child in item.children if not _is_back(child)]
        for one in [item, *item.elements()]:
            one.children = [child for child in one.children if not _is_back(child)]
            if one.children and isinstance(one.children[-1], str):
                one.children[-1] = one.children[-1].rstrip()
        return "\n\n".join(self.blocks(children))

    def _words(self, children: Iterable[Node]) -> str:
        return self._inner(children).strip()

    def _inline(self, element: Element) -> str:
        tag, keys = element.tag, _keys(element)
        if tag == "sup" and "footnote-ref" in element.classes and _target(element) in self.notes:
            self.used.append(self.notes[_target(element)])
            return f"[^{len(self.used)}]"
        if tag == "br":
            return "\\\n"
        if tag == "code" and not keys:
            return _code(element.text())
        inner = self._inner(element.children)
        if tag == "a" and "href" in keys and keys <= {"href", "title"}:
            return f"[{inner.strip()}]({_link_target(element, 'href')})"
        if tag == "img" and keys <= {"src", "alt", "title"}:
            alt = _escaped(element.attributes.get("alt", ""))
            return f"![{alt}]({_link_target(element, 'src')})"
        if tag in _SIGNS and not keys and self.has_signs and inner.strip():
            sign = _SIGNS[tag]
            return re.sub(
                r"\A(\s*)(.*?)(\s*)\Z",
                lambda found: f"{found[1]}{sign}{found[2]}{sign}{found[3]}",
                inner,
                flags=re.DOTALL,
            )
        if tag in VOID:
            return _start_tag(element)
        return f"{_start_tag(element)}{inner}</{tag}>"

    def _inner(self, children: Iterable[Node]) -> str:
        words = (
            _escaped(child) if isinstance(child, str) else self._inline(child) for child in children
        )
        return re.sub(r"(?<=\\\n) +", "", "".join(words))


def _copy(html: str) -> Element:
    (block,) = parse(html).children
    assert isinstance(block, Element)
    return block


def _keys(element: Element) -> set[str]:
    return {name for name, value in element.attributes.items() if value or name == "alt"}


def _is_more(node: Node) -> bool:
    return isinstance(node, Element) and node.attributes.get("id") == MORE_ID


def _is_back(node: Node) -> bool:
    return isinstance(node, Element) and "footnote-backref" in node.classes


def _unwrapped(cell: Element) -> list[Node]:
    solid = [child for child in cell.children if not isinstance(child, str) or child.strip()]
    only = solid[0] if len(solid) == 1 else None
    return only.children if isinstance(only, Element) and only.tag == "p" else cell.children


def _taken_box(item: Element) -> str:
    """The box of a task as Markdown writes it; taken out of `item`."""
    if "task-item" not in item.classes:
        return ""
    for holder in [item, *item.elements()]:
        for child in holder.children:
            if isinstance(child, Element) and "task-box" in child.classes:
                is_done = child.text().strip() == "\N{BALLOT BOX WITH CHECK}"
                place = holder.children.index(child)
                rest = holder.children[place + 1 :]
                if rest and isinstance(rest[0], str):
                    rest[0] = rest[0].lstrip()
                holder.children = [*holder.children[:place], *rest]
                return "[x] " if is_done else "[ ] "
    return ""


def _fence(pre: Element) -> str:
    codes = [child for child in pre.children if isinstance(child, Element)]
    if len(pre.children) != 1 or not codes or codes[0].tag != "code":
        return _as_html(pre)
    words = codes[0].classes
    name = next((one.removeprefix("language-") for one in words if one[:9] == "language-"), "")
    text = codes[0].text()
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{name}\n{text.removesuffix(chr(10))}\n{fence}"


def _code(text: str) -> str:
    text = re.sub(r"\s+", " ", text)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") or text.strip() != text else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def _link_target(element: Element, name: str) -> str:
    address = element.attributes.get(name, "")
    if re.search(r"[\s()<>\\]", address) or not address:
        address = f"<{re.sub(r'([<>])', lambda m: chr(92) + m[1], address)}>"
    title = element.attributes.get("title", "")
    if not title:
        return address
    title = re.sub(r'(["\\])', lambda found: chr(92) + found[1], " ".join(title.split()))
    return f'{address} "{title}"'


def _escaped(text: str) -> str:
    text = re.sub(r"[ \t\n\f]+", " ", text)
    text = _SPECIAL.sub(lambda found: f"\\{found[0]}", text)
    return _BARE.sub(_unlinked, text)


def _unlinked(found: re.Match[str]) -> str:
    # A backslash before the colon or the full stop: it shows as before, and is no address.
    return f"{found[0]}\\"


def _safe_start(text: str) -> str:
    text = _STARTS_BLOCK.sub(lambda found: f"{found[1]}\\{found[2]}", text)
    return _STARTS_ITEM.sub(lambda found: f"{found[1]}\\{found[2]}", text)


def _indented(text: str, width: int) -> str:
    first, *rest = text.split("\n")
    return "\n".join([first, *(f"{' ' * width}{line}" if line else "" for line in rest)])


def _start_tag(element: Element) -> str:
    attributes = "".join(f' {name}="{escape(v)}"' for name, v in element.attributes.items())
    return f"<{element.tag}{attributes}>"


def _as_html(block: Element) -> str:
    """The block as HTML without an empty line, which would end it for Markdown."""
    html = serialise(Element("", {}, [block]))
    return re.sub(r"\n(?=\s*\n)", "&#10;", html) if "<pre" in html else re.sub(r"\n+", "\n", html)
