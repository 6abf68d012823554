"""What a text is made of, as somebody who checks it before publishing asks: pictures, headings,
links.
"""

from __future__ import annotations

from dataclasses import dataclass

from blog.markup.tree import parse

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


@dataclass(frozen=True, slots=True)
class Outline:
    """The parts of one text, each in the order of reading."""

    images: tuple[tuple[str, str], ...]  # address and alternative text, "" for none
    headings: tuple[tuple[int, str], ...]  # level and words
    links: tuple[str, ...]  # as they are written
    ids: frozenset[str]


def outline(html: str) -> Outline:
    """What clean `html` is made of."""
    elements = list(parse(html).elements())
    return Outline(
        images=tuple(
            (one.attributes.get("src", ""), one.attributes.get("alt", ""))
            for one in elements
            if one.tag == "img"
        ),
        headings=tuple(
            (HEADINGS.index(one.tag) + 1, " ".join(one.text().split()))
            for one in elements
            if one.tag in HEADINGS
        ),
        links=tuple(
            one.attributes["href"]
            for one in elements
            if one.tag == "a" and "href" in one.attributes
        ),
        ids=frozenset(one.attributes["id"] for one in elements if "id" in one.attributes),
    )
