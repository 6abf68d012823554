"""Two texts side by side, and two changes of one text put together."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

# Chinese and Japanese by character, everything else by word; spaces and marks are pieces too.
_PIECES = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
    "|[^\\W\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
    "|\\s+|."
)
# difflib takes time with the product of both lengths: 0.3 s for two paragraphs of this size.
MAX_PIECES = 3_000
MAX_LINES = 5_000


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of one side, and whether the other side lacks them."""

    text: str
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One paragraph as it stands on both sides; an empty side has nothing there."""

    before: list[Piece]
    after: list[Piece]

    @property
    def is_changed(self) -> bool:
        """Whether the two sides differ."""
        return any(piece.is_changed for piece in [*self.before, *self.after])


@dataclass(frozen=True, slots=True)
class Merge:
    """Two changes put together; where both touched one place, both stand there, one after the
    other, and `clash_count` says how often.
    """

    text: str
    clash_count: int


def compare(before: str, after: str) -> list[Row]:
    """Both texts, paragraph beside paragraph, with the words marked that differ; in Chinese the
    characters. Empty lines are left out.
    """
    old, new = _lines(before), _lines(after)
    rows: list[Row] = []
    for kind, a, b, c, d in _changes(old, new):
        if kind == "equal":
            rows += [Row([Piece(line, False)], [Piece(line, False)]) for line in old[a:b]]
            continue
        both = min(b - a, d - c)
        rows += [
            _words(one, other)
            for one, other in zip(old[a : a + both], new[c : c + both], strict=True)
        ]
        rows += [Row([Piece(line, True)], []) for line in old[a + both : b]]
        rows += [Row([], [Piece(line, True)]) for line in new[c + both : d]]
    return rows


def merge(base: str, mine: str, theirs: str) -> Merge:
    """The changes that `mine` and `theirs` make to `base`, together, line by line."""
    origin, ours, others = (text.split("\n") for text in (base, mine, theirs))
    merged: list[str] = []
    clash_count = 0
    at = my_at = their_at = 0
    for start, my_start, their_start, length in _common(origin, ours, others):
        old = origin[at:start]
        my_part, their_part = ours[my_at:my_start], others[their_at:their_start]
        if my_part in (old, their_part):
            merged += their_part
        elif their_part == old:
            merged += my_part
        else:
            clash_count += 1
            gap = [""] if any(my_part) and any(their_part) else []
            merged += [*my_part, *gap, *their_part]
        merged += origin[start : start + length]
        at, my_at, their_at = start + length, my_start + length, their_start + length
    return Merge("\n".join(merged), clash_count)


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _changes(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    if len(old) > MAX_LINES or len(new) > MAX_LINES:
        return [("replace", 0, len(old), 0, len(new))]
    return list(SequenceMatcher(None, old, new, autojunk=False).get_opcodes())


def _words(before: str, after: str) -> Row:
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    if len(old) > MAX_PIECES or len(new) > MAX_PIECES:
        return Row([Piece(before, True)], [Piece(after, True)])
    sides: tuple[list[Piece], list[Piece]] = ([], [])
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for side, words in zip(sides, (old[a:b], new[c:d]), strict=True):
            if words:
                side.append(Piece("".join(words), kind != "equal"))
    return Row(*sides)


def _common(
    base: list[str], mine: list[str], theirs: list[str]
) -> Iterator[tuple[int, int, int, int]]:
    """Runs of lines that all three have: where each begins in the three, and its length; the last
    one is the end.
    """
    ours = SequenceMatcher(None, base, mine, autojunk=False).get_matching_blocks()
    others = SequenceMatcher(None, base, theirs, autojunk=False).get_matching_blocks()
    one = other = 0
    while one < len(ours) and other < len(others):
        a, b = ours[one], others[other]
        start, end = max(a.a, b.a), min(a.a + a.size, b.a + b.size)
        if start < end:
            yield start, a.b + start - a.a, b.b + start - b.a, end - start
        if a.a + a.size <= b.a + b.size:
            one += 1
        else:
            other += 1
    yield len(base), len(mine), len(theirs), 0
