"""Whether two clean texts look the same to a reader, and the source that gives a clean text.

An author may change between Markdown, rich text and HTML; nothing of the text may get lost on the
way without a word. What the cleaner adds by itself, and what only differs in the writing, is no
difference.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from blog.markup.anchors import HEADINGS, MORE_ID
from blog.markup.tree import VOID, Element, Node, parse, serialise

# What `clean_post` writes into elements that say nothing about it.
_ADDED: Final = {
    "a": {"rel": "noopener"},
    "img": {"decoding": "async", "loading": "lazy"},
    "pre": {"tabindex": "0"},
    "table": {"tabindex": "0"},
}
_SYNONYMS: Final = {"b": "strong", "i": "em"}
# One paragraph alone in one of these reads like the bare words.
_HOLDERS: Final = frozenset({"blockquote", "figcaption", "li", "td", "th"})
BLOCKS: Final = frozenset({
    "address", "article", "aside", "blockquote", "caption", "col", "colgroup", "dd", "details",
    "div", "dl", "dt", "figcaption", "figure", "footer", "header", "hr", "li", "ol", "p", "pre",
    "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", *HEADINGS,
})  # fmt: skip
_LISTS: Final = frozenset({"ol", "ul"})


def differences(before: str, after: str) -> list[str]:
    """What a reader of clean `before` would miss in clean `after`: names of elements, "text" for
    words; empty when both look the same.
    """
    old, new = list(_tokens(parse(before))), list(_tokens(parse(after)))
    if old == new:
        return []
    lost = Counter(old) - Counter(new) or Counter(new) - Counter(old)
    names = {word[1:].split(" ")[0].rstrip(">") for word in lost if word.startswith("<")}
    return sorted(name for name in names if not name.startswith("/")) or ["text"]


def authored(html: str) -> str:
    """Clean `html` as an author would have written it: without what the cleaner adds anyway."""
    root = parse(html)
    _bare(root)
    return serialise(root).replace(f'<a id="{MORE_ID}"></a>', "<!--more-->").strip()


def _bare(element: Element) -> None:
    for child in element.children:
        if not isinstance(child, Element):
            continue
        _drop_added(child)
        if child.tag in HEADINGS:
            child.attributes.pop("id", None)
        if child.tag == "pre":
            for code in child.elements():
                if code.tag == "code":
                    code.children = [code.text()]
                    break
        _bare(child)


def _drop_added(element: Element) -> None:
    for name, value in _ADDED.get(element.tag, {}).items():
        if element.attributes.get(name) == value:
            del element.attributes[name]


def _tokens(element: Element, *, is_pre: bool = False) -> Iterator[str]:
    """The text as start tags, words and end tags, each in one way of writing only."""
    yield from _joined(_raw_tokens(element, is_pre=is_pre))


def _joined(words: Iterator[tuple[str, bool]]) -> Iterator[str]:
    """Neighbouring pieces of text as one, without the white space at the edges of blocks."""
    text, is_exact, is_at_edge = "", False, True
    for word, kind_is_tag in words:
        if not kind_is_tag:
            text += word
            continue
        is_block = _name(word) in BLOCKS or _name(word) == "br"
        is_exact = _name(word) == "pre" or is_exact
        if text:
            if not is_exact:
                text = re.sub(r"[ \t\n\f]+", " ", text)
                text = text.lstrip(" ") if is_at_edge else text
                text = text.rstrip(" ") if is_block else text
            if text:
                yield text
                is_at_edge = False
        text = ""
        if word == "</pre>":
            is_exact = False
        is_at_edge = is_block or is_at_edge
        yield word
    if rest := text.strip():
        yield rest


def _name(tag: str) -> str:
    return tag.strip("</>").split(" ")[0]


def _raw_tokens(element: Element, *, is_pre: bool) -> Iterator[tuple[str, bool]]:
    for child in _shown(element):
        if isinstance(child, str):
            yield child, False
            continue
        is_code = is_pre or child.tag == "pre"
        if is_pre and child.tag == "span":
            yield from _raw_tokens(child, is_pre=True)
            continue
        _drop_added(child)
        tag = _SYNONYMS.get(child.tag, child.tag)
        attributes = "".join(
            f' {name}="{child.attributes[name]}"' for name in sorted(child.attributes)
        )
        yield f"<{tag}{attributes}>", True
        if child.tag not in VOID:
            yield from _raw_tokens(child, is_pre=is_code)
            yield f"</{tag}>", True


def _shown(element: Element) -> list[Node]:
    """The children that matter: no empty paragraph, none around all there is."""
    children = [
        child
        for child in element.children
        if not (isinstance(child, Element) and child.tag == "p" and _is_empty(child))
    ]
    if element.tag not in _HOLDERS:
        return children
    solid = [child for child in children if not isinstance(child, str) or child.strip()]
    first = solid[0] if solid else None
    if not isinstance(first, Element) or first.tag != "p" or first.attributes:
        return children
    if all(isinstance(child, Element) and child.tag in _LISTS for child in solid[1:]):
        return [*first.children, *solid[1:]]
    return children


def _is_empty(element: Element) -> bool:
    """True for a paragraph that shows nothing but perhaps an empty line."""
    if element.attributes.get("id"):
        return False
    inner = list(element.elements())
    return not element.text().strip() and all(child.tag == "br" for child in inner)
