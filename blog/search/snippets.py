"""What of a found text is shown, with the words that were looked for marked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from blog import markup
from blog.search.words import Part, Query, Term, stem_of

LENGTH = 220  # characters: two or three lines
LEAD = 60  # characters before the first mark, for what it is about
LOOKED_THROUGH = 50_000  # characters of a text; a hit further on is not shown, only found
HITS_LOOKED_AT = 200
ELLIPSIS = "…"
SENTENCE_END = re.compile(r"[.!?…][\"')\]”’]?\s+|[。！？]”?|\n")
COMBINING = "\u0300-\u036f\ufe00-\ufe0f\u200d"

# Letters that are two when they are folded; here each is the first of them.
_PAIRS = (("ss", "s"), ("ae", "a"), ("oe", "o"), ("th", "t"))


class _Folding(dict[int, str]):
    """Each character folded to exactly one, so that places in both texts are the same."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = self[code] = (markup.fold(char) or " ")[0]
        return folded


_FOLDING = _Folding()


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    term: int  # which one of the query


def marked(text: str, query: Query) -> SafeString:
    """All of `text`, with the words of `query` in `<mark>`."""
    return _html(text, 0, len(text), _hits(text, query))


def snippet(text: str, query: Query) -> SafeString:
    """The stretch of `text`, on one line, that has most words of `query`, with these in `<mark>`;
    its beginning when it has none of them.

    Shape: at most about LENGTH + LEAD characters. Cut between words, in Chinese between characters,
    never inside a character that is put together from several; `…` stands where it was cut.
    """
    text = text[:LOOKED_THROUGH]
    hits = _hits(text, query)
    start, end = 0, len(text)
    if end > LENGTH:
        first = _best(hits).start if hits else 0
        start = _beginning(text, first)
        end = markup.cut_at(text, start + LENGTH)
    return _html(text.replace("\n", " "), start, end, hits)


def _beginning(text: str, first: int) -> int:
    """Where a snippet begins that is about what stands at `first`: with the sentence, if that began
    not far from there.
    """
    if first <= LEAD:
        return 0
    ends = [end.end() for end in SENTENCE_END.finditer(text, max(0, first - 2 * LEAD), first)]
    return ends[-1] if ends else markup.cut_at(text, first - LEAD)


def _best(hits: list[_Hit]) -> _Hit:
    """The hit from which on a snippet would show most of what was looked for."""

    def worth(first: _Hit) -> tuple[int, int]:
        seen = [hit.term for hit in hits if first.start <= hit.start <= first.start + LENGTH - LEAD]
        return len(set(seen)), -first.start

    return max(hits[:HITS_LOOKED_AT], key=worth)


def _html(text: str, start: int, end: int, hits: list[_Hit]) -> SafeString:
    pieces: list[tuple[str, str]] = []  # as it stands, then marked
    at = start
    for hit in hits:
        if at <= hit.start and hit.end <= end:
            pieces.append((text[at : hit.start], text[hit.start : hit.end]))
            at = hit.end
    return format_html(
        "{}{}{}{}",
        ELLIPSIS if start else "",
        format_html_join("", "{}<mark>{}</mark>", pieces),
        text[at:end].rstrip() if end < len(text) else text[at:end],
        ELLIPSIS if end < len(text) else "",
    )


def _hits(text: str, query: Query) -> list[_Hit]:
    """Where the words of `query` stand in `text`, in their order and apart from each other."""
    folded = text.translate(_FOLDING)
    wanted = [
        (number, term, part) for number, term in enumerate(query.terms) for part in term.parts
    ]
    if not wanted:
        return []
    # What stands upon a letter belongs to it.
    pattern = re.compile(
        "|".join(f"({_pattern(part, term)})[{COMBINING}]*" for _number, term, part in wanted)
    )
    return list(_found(pattern, folded, wanted))


def _found(
    pattern: re.Pattern[str], folded: str, wanted: list[tuple[int, Term, Part]]
) -> Iterator[_Hit]:
    for match in pattern.finditer(folded):
        assert match.lastindex is not None
        number, term, part = wanted[match.lastindex - 1]
        found = match[match.lastindex]
        if part.is_run or _is_form(found, part.text, term):
            yield _Hit(match.start(), match.end(), number)
            continue
        # The pattern of an earlier word may have taken what a later one stands for.
        for number, term, part in wanted:
            if not part.is_run and _is_form(found, part.text, term):
                yield _Hit(match.start(), match.end(), number)
                break


def _pattern(part: Part, term: Term) -> str:
    """Where `part` may stand in a text that is folded one by one."""
    if part.is_run:
        return r"\s?".join(map(re.escape, part.text))
    word = _single(part.text)
    stem = _single(stem_of(part.text))
    head = "".join(_common(word, stem)) if stem else word
    for both, one in _PAIRS:
        head = head.replace(one, f"{one}(?:{both[1]})?")
    # A word of another form goes on somehow; what stands between quotation marks does not.
    return rf"(?<![^\W_]){head}[^\W_]*"


def _is_form(found: str, word: str, term: Term) -> bool:
    """Whether `found`, folded one by one, is `word` or a form of it that the index finds too."""
    found, word, prefix = _single(found), _single(word), _single(term.prefix)
    if found == word or (prefix and found.startswith(prefix)):
        return True
    is_free = len(term.parts) == 1 and term.tokens[0].endswith("_")
    return is_free and stem_of(found) != "" and stem_of(found) == stem_of(word)


def _single(text: str) -> str:
    for both, one in _PAIRS:
        text = text.replace(both, one)
    return text


def _common(one: str, other: str) -> Iterator[str]:
    for first, second in zip(one, other, strict=False):
        if first != second:
            return
        yield first
