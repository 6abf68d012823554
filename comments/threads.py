"""The shape of a discussion: where a reply stands, and how a page of threads is laid out.

A comment's path is its ancestors' keys and its own, six base-36 digits each, so plain string order
is depth-first order and a subtree is a range. An insert touches no other row.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
STEP_LENGTH = 6  # base-36 digits: 2,176,782,336 comments, as many as the package's 32-bit key holds
MAX_DEPTH = 60  # answers to the deepest comment become its siblings
PATH_MAX_LENGTH = STEP_LENGTH * (MAX_DEPTH + 1)
PATH_END = "~"  # sorts after every digit
MAX_INDENT = 4  # a fifth indent leaves no readable line on a phone


def step(key: int) -> str:
    """`key` as six base-36 digits."""
    digits = ""
    while key:
        key, digit = divmod(key, 36)
        digits = DIGITS[digit] + digits
    return digits.rjust(STEP_LENGTH, "0")


def path_below(parent_path: str, key: int) -> str:
    """The path of comment `key` under the comment at `parent_path`; "" is the post itself."""
    return parent_path + step(key)


def ancestors(path: str) -> list[str]:
    """The paths above `path`, top level first."""
    return [path[:end] for end in range(STEP_LENGTH, len(path), STEP_LENGTH)]


class Placed(Protocol):
    """What a row needs to be arranged."""

    pk: int
    path: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a thread: a comment, or the place where more replies wait to be asked for."""

    comment: Placed
    depth: int  # 0 for a top-level comment
    parent: Placed | None  # whom it answers, when that comment is on the page too
    is_gap: bool = False  # `comment` is the first of the replies that are not shown

    @property
    def indent(self) -> int:
        """How far to move it in, 0 to MAX_INDENT."""
        return min(self.depth, MAX_INDENT)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of threads in reading order, and where the pages beside it begin."""

    lines: list[Line]
    earlier: Placed | None = None
    later: Placed | None = None


def arrange(rows: Iterable[Placed], *, hidden: Collection[int] = ()) -> list[Line]:
    """`rows` in reading order as lines; those with a key in `hidden` become gaps.

    Shape: one line per row. Linear in the rows; whatever order they come in.
    """
    shown: dict[str, Placed] = {}
    lines: list[Line] = []
    for row in sorted(rows, key=lambda row: row.path):
        parent = shown.get(row.path[:-STEP_LENGTH])
        depth = len(row.path) // STEP_LENGTH - 1
        is_gap = row.pk in hidden
        if not is_gap:
            shown[row.path] = row
        lines.append(Line(comment=row, depth=depth, parent=parent, is_gap=is_gap))
    return lines
