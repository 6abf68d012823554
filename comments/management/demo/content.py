"""What the demonstration blog says, read from the files beside this module.

A post is `posts/NAME.md`: its facts as TOML between two lines `+++`, then the text. Its comments
are `posts/NAME.toml`; who writes them is in `people.toml`. A misspelt key stops the reading.
"""

import re
import tomllib
from dataclasses import dataclass
from datetime import time
from html import unescape
from pathlib import Path
from typing import Any

from blog.choices import CommentPolicy, Kind, Markup, State
from comments.choices import RemovedBy, Status

FOLDER = Path(__file__).parent
FENCE = "+++\n"
IMAGE = re.compile(r'<img src="([^"]*)"[^<>]* alt="([^"]*)"')

TITLE = "Marginalia"
TAGLINE = "Two people, two cities, and what they write beside the text"
# The names under the posts where no account of the blog's own has one.
FIRST_AUTHOR = "Tamme Harms"
FIRST_ABOUT = "Prints in a cellar in Bremen, programs by day, rides home by the river."
SECOND_AUTHOR = "许青禾"
SECOND_ABOUT = "住在上海，六楼，四平方米的花园。Writes in two languages, waters in one."


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who comments."""

    key: str
    name: str
    url: str = ""
    is_member: bool = False

    @property
    def email(self) -> str:
        """An address that nobody can own."""
        return f"{self.key}@example.org"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a post was written."""

    name: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Remark:
    """One comment. `hours_later` counts from what it answers: the comment `to`, or the post."""

    by: str
    text: str
    hours_later: float
    id: str = ""
    to: str = ""
    state: Status = Status.PUBLISHED
    removed_by: RemovedBy | str = ""
    note: str = ""
    honeypot: bool = False
    seconds_open: int | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """One post or page with its comments. It is `days_ago` days old; ahead when negative."""

    name: str
    body: str
    title: str
    author: str  # "first" or "second"
    days_ago: int
    time: time
    language: str
    slug: str = ""
    old_slug: str = ""
    kind: Kind = Kind.POST
    markup: Markup = Markup.MARKDOWN
    state: State = State.PUBLISHED
    comments: CommentPolicy = CommentPolicy.OPEN
    labels: tuple[str, ...] = ()
    place: Place | None = None
    remarks: tuple[Remark, ...] = ()


def people() -> dict[str, Person]:
    """Everybody who comments, by key."""
    table = tomllib.loads(FOLDER.joinpath("people.toml").read_text(encoding="utf-8"))
    return {key: Person(key=key, **facts) for key, facts in table.items()}


def texts() -> list[Text]:
    """Every post and page, the oldest first."""
    found = [_text(path) for path in FOLDER.joinpath("posts").glob("*.md")]
    return sorted(found, key=lambda text: (-text.days_ago, text.time))


def picture_words() -> dict[str, str]:
    """What the posts say of each picture for those who can't see it, by its address."""
    return {
        address: unescape(words) for text in texts() for address, words in IMAGE.findall(text.body)
    }


def _text(path: Path) -> Text:
    _nothing, front, body = path.read_text(encoding="utf-8").split(FENCE, 2)
    facts: dict[str, Any] = tomllib.loads(front)
    if place := facts.pop("place", None):
        facts["place"] = Place(**place)
    return Text(
        name=path.stem,
        body=body,
        slug=facts.pop("slug", path.stem),
        time=time.fromisoformat(facts.pop("time")),
        kind=Kind(facts.pop("kind", Kind.POST)),
        markup=Markup(facts.pop("markup", Markup.MARKDOWN)),
        state=State(facts.pop("state", State.PUBLISHED)),
        comments=CommentPolicy(facts.pop("comments", CommentPolicy.OPEN)),
        labels=tuple(facts.pop("labels", ())),
        remarks=_remarks(path.with_suffix(".toml")),
        **facts,
    )


def _remarks(path: Path) -> tuple[Remark, ...]:
    if not path.exists():
        return ()
    tables = tomllib.loads(path.read_text(encoding="utf-8"))["comment"]
    return tuple(_remark(facts) for facts in tables)


def _remark(facts: dict[str, Any]) -> Remark:
    return Remark(
        text=facts.pop("text").strip(),
        state=Status(facts.pop("state", Status.PUBLISHED)),
        removed_by=RemovedBy(facts.pop("removed_by")) if "removed_by" in facts else "",
        **facts,
    )
