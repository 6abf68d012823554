"""A plug: the upper app says how many comments wait at which posts, and for whom."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from blog.access import Person


@dataclass(frozen=True, slots=True)
class Waiting:
    """Comments of one post that wait for a decision, and where it is made."""

    count: int
    address: str


# What a person is told of the posts with those keys; None for who is not to know.
Source = Callable[[Person, Collection[int]], Mapping[int, Waiting] | None]

_source: Source | None = None


def told_by(source: Source) -> None:
    """From now on `source` is asked."""
    global _source
    _source = source


def comments_waiting(person: Person, keys: Collection[int]) -> Mapping[int, Waiting] | None:
    """What waits at the posts with those keys, those without anything left out; None where there
    are no comments, or `person` does not decide about them. At most one query.
    """
    return _source(person, keys) if _source else None


def tells(person: Person) -> bool:
    """Whether `person` is told at all. No query."""
    return comments_waiting(person, ()) is not None
