"""Plain words from clean HTML: for search, excerpts, feeds and mail; and how long they are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Final

from blog.markup.anchors import MORE_ID
from blog.markup.clean import closed
from blog.markup.tree import Element, Node, parse

_LINES: Final = frozenset({
    "address", "article", "aside", "blockquote", "br", "caption", "dd", "details", "div", "dl",
    "dt", "figcaption", "figure", "footer", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li",
    "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul",
})  # fmt: skip
_CELLS: Final = frozenset({"td", "th"})
# Readings above Chinese characters would stand between them; footnote marks belong to the page.
_LEFT_OUT: Final = frozenset({"rt", "rp", "script", "style"})
_LEFT_OUT_CLASSES: Final = frozenset({"footnote-ref", "footnote-backref"})

_MORE: Final = re.compile(rf'<a [^<>]*?\bid="{MORE_ID}"')
_EMPTY_ENDS: Final = ("<p></p>", "<br>", "<div></div>")

_IMAGE: Final = re.compile(r'<img [^<>]*?\bsrc="(?P<source>[^"<>]+)"[^<>]*>')
_HEADING: Final = re.compile(
    r'<h(?P<level>[2-6])[^<>]*? id="(?P<id>[^"]+)"[^<>]*>(?P<inside>.*?)</h(?P=level)>', re.DOTALL
)

# Scripts written without spaces, counted by the character: Han with its extensions, kana, bopomofo.
_COUNTED_SINGLY: Final = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3041-\u309f\u30a1-\u30fa\u30fd-\u30ff\u3105-\u312f"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_BETWEEN_WORDS: Final = re.compile("[\u2013-\u2015\u2026/]|--+")

_MARKED: Final = re.compile("([^\\W\\d_])([\u0300-\u036f]+)")
_UNSEEN: Final = re.compile("[\u00ad\u200b\u2060\ufeff]")
_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)

ELLIPSIS: Final = "…"
MAX_DIGITS = 5  # of a length in pixels
WORDS_A_MINUTE = 238
CHARACTERS_A_MINUTE = 400
LONGEST_WORD = 30  # characters; beyond it is an address or a row of letters


def plain_text(html: str) -> str:
    """What a reader reads in clean `html`: one line for each block, spaces as they are shown.

    Code keeps its line ends and indents; cells of a table row stand on one line.
    """
    parts: list[str] = []
    _collect(parse(html).children, parts, is_code=False)
    # In `parts` a NUL ends a line; clean HTML has none of its own.
    lines = (line.rstrip() for line in "".join(parts).split("\0"))
    return "\n".join(
        line.strip("\n") if "\n" in line else line.strip(" ") for line in lines if line.strip()
    )


def _collect(nodes: list[Node], parts: list[str], *, is_code: bool) -> None:
    for node in nodes:
        if isinstance(node, str):
            parts.append(node if is_code else _shown(node, parts))
        elif not _is_left_out(node):
            is_line = node.tag in _LINES
            if is_line:
                parts.append("\0")
            _collect(node.children, parts, is_code=is_code or node.tag == "pre")
            if is_line:
                parts.append("\0")
            elif node.tag in _CELLS:
                parts.append(" ")


def _shown(text: str, parts: list[str]) -> str:
    text = re.sub(r"[ \t\n\r\f]+", " ", text)
    starts_line = not parts or parts[-1].endswith(("\0", " "))
    return text[1:] if starts_line and text.startswith(" ") else text


def _is_left_out(element: Element) -> bool:
    return element.tag in _LEFT_OUT or not _LEFT_OUT_CLASSES.isdisjoint(element.classes)


def excerpt(html: str, *, length: int = 200) -> str:
    """The beginning of clean `html` as one line of at most `length` characters.

    Cut between words, in Chinese between characters, never inside a character that is put
    together from several; then it ends in … .
    """
    text = " ".join(plain_text(html).split())
    if len(text) <= length:
        return text
    return text[: cut_at(text, max(length - 1, 0))].rstrip(" ,;:-–—，、；：（(《“‘") + ELLIPSIS


def cut_at(text: str, at: int) -> int:
    """Where `text` can be cut, at `at` or before it: between words, in Chinese between characters,
    never inside a character that is put together from several.
    """
    cut = min(at, len(text))
    if cut == len(text):
        return cut
    while cut and _holds_together(text, cut):
        cut -= 1
    word = cut
    while word and _is_inside_word(text, word):
        word -= 1
    # What is longer than any word is cut where it stands: half a line is better than none.
    return word if word and cut - word <= LONGEST_WORD else cut


def _is_inside_word(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    if _COUNTED_SINGLY.match(before) or _COUNTED_SINGLY.match(after):
        return False
    return (
        not before.isspace()
        and (after.isalnum() or unicodedata.category(after)[0] == "M")
        and (before.isalnum() or before in "'’-_.@/" or unicodedata.category(before)[0] == "M")
    )


def _holds_together(text: str, at: int) -> bool:
    """True when `text[at]` belongs to the visible character before it.

    Source: Unicode Standard Annex 29, extended grapheme clusters, reduced to the rules that
    matter for shown text (GB6 to GB9a, GB11 to GB13).
    """
    before, after = text[at - 1], text[at]
    if unicodedata.category(after)[0] == "M" or after in "\u200c\u200d" or before == "\u200d":
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True
    if _is_flag_half(after) and _is_flag_half(before):
        start = at
        while start and _is_flag_half(text[start - 1]):
            start -= 1
        return (at - start) % 2 == 1
    return "\u1160" <= after <= "\u11ff" and "\u1100" <= before <= "\u11ff"


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def split_more(html: str) -> tuple[str, bool]:
    """What of a rendered post stands before its read-more mark, and whether it has one."""
    mark = _MORE.search(html)
    if mark is None:
        return html, False
    before = closed(html[: mark.start()]).rstrip()
    while before.endswith(_EMPTY_ENDS):
        for empty in _EMPTY_ENDS:
            before = before.removesuffix(empty).rstrip()
    return before, True


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of a text, with its size in pixels where the text says it."""

    source: str
    alternative_text: str
    width_px: int | None
    height_px: int | None


def first_picture(html: str) -> Picture | None:
    """The first image in clean `html`; None when there is none."""
    tag = _IMAGE.search(html)
    if tag is None:
        return None
    attributes = next(iter(parse(tag[0]).elements())).attributes

    def pixels(name: str) -> int | None:
        text = attributes.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else None

    return Picture(attributes["src"], attributes.get("alt", ""), pixels("width"), pixels("height"))


def image_sources(html: str) -> Iterator[str]:
    """The address of each image in clean `html`, in their order, each once."""
    yield from dict.fromkeys(unescape(match["source"]) for match in _IMAGE.finditer(html))


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that a link can lead to."""

    id: str
    text: str
    level: int  # 2 to 6


def headings(html: str) -> list[Heading]:
    """The headings of clean `html` that have a text and an id, in their order."""
    found = []
    for match in _HEADING.finditer(html):
        text = " ".join(plain_text(match["inside"]).split())
        if text:
            found.append(Heading(unescape(match["id"]), text, int(match["level"])))
    return found


def reading_minutes(html: str) -> int:
    """How long clean `html` takes to read, in whole minutes, at least one.

    Source: M. Brysbaert, "How many words do we read per minute?" (2019), 238 English words a
    minute; for Chinese about 400 characters a minute are usual.
    """
    text = plain_text(html)
    characters = len(_COUNTED_SINGLY.findall(text))
    words = word_count(text) - characters
    return max(1, round(characters / CHARACTERS_A_MINUTE + words / WORDS_A_MINUTE))


def word_count(text: str) -> int:
    """How long `text` is as writers count: Chinese and Japanese by character, others by word."""
    rest, singles = _COUNTED_SINGLY.subn(" ", text)
    words = _BETWEEN_WORDS.sub(" ", rest).split()
    return singles + sum(any(char.isalnum() for char in word) for word in words)


def fold(text: str) -> str:
    """`text` as search compares it: width, case and Latin accents do not count, spaces are one.

    Marks that make another letter in their script stay (が is not か, й is not и). Folding
    twice is folding once.
    """
    folded = _UNSEEN.sub("", unicodedata.normalize("NFKC", text)).casefold()
    folded = _MARKED.sub(_without_marks, unicodedata.normalize("NFD", folded))
    folded = unicodedata.normalize("NFKC", folded.translate(_LETTERS))
    return " ".join(folded.split())


def _without_marks(match: re.Match[str]) -> str:
    is_latin = unicodedata.name(match[1], "").startswith("LATIN ")
    return match[1] if is_latin else match[0]
