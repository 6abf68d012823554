"""What can be asked of a feed, in Blogger's words: `max-results`, `published-min`, `orderby`."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Generic, ParamSpec, Self, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import F, Model, PositiveIntegerField, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from blog import addresses
from blog.feeds.documents import Format

DEFAULT_SIZE = 25  # Blogger's
MAX_SIZE = 150  # also Blogger's; more is cut to this, so that a script of old gets something
MAX_DIGITS = 9  # of a number in an address: fits every database's OFFSET
MAX_QUERY_LENGTH = 200  # characters; what is longer is cut, as on the search page

BOUNDS = ("published-min", "published-max", "updated-min", "updated-max")
PARAMETERS = ("alt", "as", "q", *BOUNDS, "orderby", "reverse", "max-results", "start-index")

RowT = TypeVar("RowT", bound=Model)
P = ParamSpec("P")


class Refused(Exception):
    """The address asks for what no feed can give; carries a sentence for the person."""


def refusable(view: Callable[P, HttpResponseBase]) -> Callable[P, HttpResponseBase]:
    """`view`, with 400 and the sentence in plain text where it raises Refused."""

    @wraps(view)
    def answered(*args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(*args, **kwargs)
        except Refused as refused:
            response = HttpResponse(
                f"{refused}\n", status=400, content_type="text/plain; charset=utf-8"
            )
            response.headers["Cache-Control"] = "no-store"
            return response

    return answered


class _RowCount(Subquery):
    """How many rows a query has, as a column beside other rows: saves a query of its own."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = PositiveIntegerField()


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """One page of rows, and how many there are on all pages."""

    rows: list[RowT]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The parameters of a feed's address, read and checked."""

    format: Format
    is_alias: bool  # the path says the format, so the links need not
    words: str
    start: int
    size: int
    bounds: dict[str, datetime]
    is_by_update: bool
    is_oldest_first: bool

    @classmethod
    def read(cls, parameters: QueryDict, *, zone: ZoneInfo, format: str = "") -> Self:
        """What `parameters` ask for; `format` is given when the path decides it.

        Times without an offset are those of `zone`. Unknown parameters say nothing.

        Raises:
            Refused: a value makes no sense.
        """
        given = {name: parameters.get(name, "").strip() for name in BOUNDS}
        order = parameters.get("orderby") or "published"
        if order not in {"published", "updated"}:
            raise Refused(_("orderby is “published” or “updated”."))
        # Only an outspoken "false" turns the order round: the comment script of Blogger's own
        # pages reads on from the oldest with it.
        direction = parameters.get("reverse") or "true"
        if direction not in {"true", "false"}:
            raise Refused(_("reverse is “true” or “false”."))
        words = parameters.get("q", "").replace("\0", " ").strip()
        return cls(
            format=_format(format or parameters.get("alt", "")),
            is_alias=bool(format),
            words=words[:MAX_QUERY_LENGTH],
            start=_number(parameters, "start-index", default=1),
            size=min(_number(parameters, "max-results", default=DEFAULT_SIZE), MAX_SIZE),
            bounds={name: _moment(text, name, zone) for name, text in given.items() if text},
            is_by_update=order == "updated",
            is_oldest_first=direction == "false",
        )

    @property
    def is_by_place(self) -> bool:
        """Whether a change of other entries, short of coming and going, leaves the answer alone."""
        return not (
            self.words or self.is_by_update or {"updated-min", "updated-max"} & {*self.bounds}
        )

    def url(self, path: str) -> str:
        """The absolute address of this question about the feed at `path`, in one spelling."""
        asked = {
            "alt": "" if self.is_alias or self.format == Format.ATOM else self.format.value,
            "q": self.words,
            **{name: _asked_again(moment) for name, moment in self.bounds.items()},
            "orderby": "updated" if self.is_by_update else "",
            "reverse": "false" if self.is_oldest_first else "",
            "max-results": "" if self.size == DEFAULT_SIZE else str(self.size),
            "start-index": "" if self.start == 1 else str(self.start),
        }
        query = urlencode({name: value for name, value in asked.items() if value})
        return addresses.absolute(f"{path}?{query}" if query else path)

    def first_url(self, path: str) -> str:
        """The first page, with the newest entries."""
        return replace(self, start=1).url(path)

    def last_url(self, path: str, *, total: int) -> str:
        """The page with the last of `total` rows, in steps from the first."""
        return replace(self, start=max(0, total - 1) // self.size * self.size + 1).url(path)

    def previous_url(self, path: str) -> str | None:
        """The page before this one; None on the first."""
        if self.start == 1:
            return None
        return replace(self, start=max(1, self.start - self.size)).url(path)

    def next_url(self, path: str, *, total: int) -> str | None:
        """The page after this one; None when the last of `total` rows is on this one."""
        following = self.start + self.size
        return replace(self, start=following).url(path) if following <= total else None

    def page(self, rows: QuerySet[RowT], *, published: str, updated: Combinable) -> Page[RowT]:
        """The rows asked for, with `feed_updated_at` on each; `words` are the caller's business.

        `published` names the column and `updated` is the expression that the bounds and the order
        compare. One query, two when the page is past the last row.
        """
        asked: QuerySet[Any] = rows.annotate(
            feed_published_at=F(published), feed_updated_at=updated
        )
        # From the first moment on, up to but not including the last: pages by time don't overlap.
        for name, moment in self.bounds.items():
            match name:
                case "published-min":
                    asked = asked.filter(feed_published_at__gte=moment)
                case "published-max":
                    asked = asked.filter(feed_published_at__lt=moment)
                case "updated-min":
                    asked = asked.filter(feed_updated_at__gte=moment)
                case "updated-max":
                    asked = asked.filter(feed_updated_at__lt=moment)
        column = "feed_updated_at" if self.is_by_update else "feed_published_at"
        order = (column, "pk") if self.is_oldest_first else (f"-{column}", "-pk")
        counted = asked.annotate(feed_total=_RowCount(asked.order_by().values("pk")))
        first = self.start - 1
        found = list(counted.order_by(*order)[first : first + self.size])
        if found:
            return Page(found, found[0].feed_total)
        return Page([], asked.count() if first else 0)


def _format(name: str) -> Format:
    try:
        return Format(name or Format.ATOM)
    except ValueError:
        raise Refused(
            _("alt is “atom”, “rss” or “json”. Feeds as a script to run are not offered.")
        ) from None


def _number(parameters: QueryDict, name: str, *, default: int) -> int:
    text = parameters.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS and int(text)):
        raise Refused(_("%(name)s is a whole number from 1 on.") % {"name": name})
    return int(text)


def _moment(text: str, name: str, zone: ZoneInfo) -> datetime:
    # In an address a bare plus sign means a space, and many write offsets so.
    text = re.sub(r"(T\S+) (\d\d:?\d\d)$", r"\1+\2", text)
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused(
            _("%(name)s is a time like 2015-12-03T08:00:00+08:00.") % {"name": name}
        ) from None


def _asked_again(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
