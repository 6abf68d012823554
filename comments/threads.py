"""The shape of a discussion: where a reply stands, and how a page of threads is laid out.

A comment's path is its ancestors' keys and its own, six base-36 digits each, so plain string order
is depth-first order and a subtree is a range. An insert touches no other row.
"""

from collections.abc import Iterable, Mapping, Sequence
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
    hidden_count: int = 0  # of a gap: how many replies wait there; `comment` is the first of them

    @property
    def is_gap(self) -> bool:
        """Whether the comment itself is not shown."""
        return self.hidden_count > 0

    @property
    def thread(self) -> str:
        """What all lines of one thread have in common: the path of its first comment."""
        return self.comment.path[:STEP_LENGTH]

    @property
    def indent(self) -> int:
        """How far to move it in, 0 to MAX_INDENT."""
        return min(self.depth, MAX_INDENT)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of threads in reading order, and where the pages beside it begin."""

    lines: list[Line]
    earlier: Placed | None = None  # the page before this one, in the order that was asked for
    later: Placed | None = None
    pinned: Sequence[Placed] = ()  # on the first page; in their places too
    order: str = ""  # as addresses say it; nothing for the usual one


def arrange(
    rows: Iterable[Placed],
    *,
    hidden: Mapping[int, int] | None = None,
    roots: Sequence[Placed] = (),
) -> list[Line]:
    """`rows` in reading order as lines; a key in `hidden` makes a gap of so many replies.

    Shape: one line per row. Threads come in the order of `roots`, or as they were begun. Linear in
    the rows; whatever order they come in.
    """
    hidden = hidden or {}
    rank = {root.path: number for number, root in enumerate(roots)}
    shown: dict[str, Placed] = {}
    lines: list[Line] = []
    for row in sorted(rows, key=lambda row: (rank.get(row.path[:STEP_LENGTH], 0), row.path)):
        parent = shown.get(row.path[:-STEP_LENGTH])
        depth = len(row.path) // STEP_LENGTH - 1
        hidden_count = hidden.get(row.pk, 0)
        if not hidden_count:
            shown[row.path] = row
        lines.append(Line(comment=row, depth=depth, parent=parent, hidden_count=hidden_count))
    return lines
